"""The YAML that says what a validation is made of, strictly read: `configs/validate/`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from evaluation.config import Content, Part, Run, read_run
from evaluation.lattice.chains import MOST_CHAINS
from evaluation.lattice.corruptions import Kind
from evaluation.metrics.choice import MetricList
from evaluation.statistics.significance import RESAMPLES, SEED

Source = Literal["original", "random"]
"""What metrics are told the source is: the sentence, or a text drawn from its chains.

The second is how the published run was made (Choshen & Abend 2018): an output then both keeps
and undoes what its source had.
"""


class Plan(Part):
    """How lattices are built and metrics asked about them."""

    chains: Annotated[int, Field(ge=1, le=MOST_CHAINS)] = 1
    """Orders of each annotator's edits."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)] = ("original",)
    most: Annotated[int, Field(ge=1, le=100)] = 10
    """The corrections that the best synthetic system makes of a sentence on average."""
    variance: Annotated[float, Field(gt=0, le=100)] = 0.9
    """Of how many corrections a synthetic system makes."""
    disputed: bool = True
    """Whether corpora have sentences that an annotator found right."""
    references: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """Numbers of references that the metrics which take any are also asked with."""
    damage: tuple[Kind, ...] = ("undo", "random", "swap")
    damages: Annotated[int, Field(ge=1, le=20)] = 3
    """The most that is damaged of a sentence."""
    resamples: Annotated[int, Field(ge=1, le=100_000)] = RESAMPLES
    seed: Annotated[int, Field(ge=0)] = SEED

    def parameters(self) -> dict[str, object]:
        """Return what a signature says of it."""
        lists = ("sources", "references", "damage")
        return {
            **self.model_dump(),
            **{name: "+".join(map(str, getattr(self, name))) for name in lists},
        }


class Config(Run):
    """A validation: whose edits are applied, who is the reference, which metrics are asked."""

    gold: Annotated[tuple[str, ...], Field(min_length=1)]
    """M2 files of the same sentences, whose edits are applied."""
    references: tuple[str, ...] | None = None
    """M2 files of annotators whose texts are references; by default those of `gold`.

    An annotator of the same name as the one whose edits are applied is no reference.
    """
    sentences: Annotated[int, Field(ge=1)] | None = None
    """How many of the first sentences are looked at; by default all."""
    metrics: MetricList
    humans: str | None = None
    """A benchmark's YAML, from this one's folder: what people say of the same metrics."""
    plan: Plan = Plan()


def read_config(path: Path, settings: Sequence[str] = ()) -> Config:
    """Read a configuration, as `evaluation.config.read_run` does and raises."""
    return read_run(Config, path, settings, _humans_from)


def _humans_from(content: Content, folder: Path) -> None:
    if isinstance(content.get("humans"), str):
        content["humans"] = str(folder / content["humans"])
