"""Schema and reader of the YAML that configures a validation (`configs/validate/`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from evaluation.config import ConfigSource, Content, Part, Run, read_run
from evaluation.lattice.chains import MOST_CHAINS
from evaluation.lattice.corruptions import CorruptionKind
from evaluation.metrics.choice import MetricList
from evaluation.statistics.significance import RESAMPLES, SEED

Source = Literal["original", "random"]
"""The source that metrics are given: the sentence, or a random text of its chains.

The published run did the second (Choshen & Abend 2018): an output then has some corrections more
and others less than its source.
"""


AttackKind = Literal["empty", "source", "repetition", "other", "salad"]
"""An output that corrects nothing; see `lattice.attacks`."""


class LatticeOptions(Part):
    """The key `plan` of a run: how lattices are built and scored."""

    chains: Annotated[int, Field(ge=1, le=MOST_CHAINS)] = 1
    """The number of orders of each annotator's edits."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)] = ("original",)
    most: Annotated[int, Field(ge=1, le=100)] = 10
    """The mean number of corrections a sentence that the best synthetic system makes."""
    variance: Annotated[float, Field(gt=0, le=100)] = 0.9
    """The variance of the number of corrections that a synthetic system makes."""
    disputed: bool = True
    """Whether corpora have sentences that an annotator found right."""
    references: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """Numbers of references with which the metrics that use references are run again."""
    damage: tuple[CorruptionKind, ...] = ("undo", "random", "swap")
    attacks: tuple[AttackKind, ...] = ("empty", "source", "repetition", "other", "salad")
    """The outputs without corrections that corrections should score above (`lattice.attacks`)."""
    attacked: Annotated[int, Field(ge=1)] = 100
    """The number of sentences drawn for attacks, on which some metrics take long."""
    damages: Annotated[int, Field(ge=1, le=20)] = 3
    """The maximum number of damages to a sentence."""
    resamples: Annotated[int, Field(ge=1, le=100_000)] = RESAMPLES
    seed: Annotated[int, Field(ge=0)] = SEED

    def parameters(self) -> dict[str, object]:
        """Return the options as the signature lists them."""
        lists = ("sources", "references", "damage", "attacks")
        return {
            **self.model_dump(),
            **{name: "+".join(map(str, getattr(self, name))) for name in lists},
        }


class Config(Run):
    """A validation: the edits that are applied, the references, and the metrics."""

    gold: Annotated[tuple[str, ...], Field(min_length=1)]
    """M2 files of the same sentences, whose edits are applied."""
    references: tuple[str, ...] | None = None
    """M2 files of annotators whose texts are references; by default those of `gold`.

    The references of a chain leave out the annotator with the name of the one it is by.
    """
    sentences: Annotated[int, Field(ge=1)] | None = None
    """The number of sentences, from the first; by default all."""
    metrics: MetricList
    humans: str | None = None
    """The YAML of a benchmark, relative to this one's folder, to compare with human judgements."""
    plan: LatticeOptions = LatticeOptions()


def read_config(source: ConfigSource, settings: Sequence[str] = ()) -> Config:
    """Read a configuration; see `evaluation.config.read_run`."""
    return read_run(Config, source, settings, _humans_from)


def _humans_from(content: Content, folder: Path) -> None:
    if isinstance(content.get("humans"), str):
        content["humans"] = str(folder / content["humans"])
