"""The configuration of the study of trajectories."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ensemble.diagnosis.outputs import Outputs
from ensemble.diagnosis.trajectories.networks import Network
from evaluation.config import Part, Run
from evaluation.statistics.significance import SEED

Step = Annotated[int, Field(ge=1)]


class Blimp(Part):
    """Minimal pairs."""

    path: str = "blimp/data"
    pairs: int = Field(default=40, ge=2)
    """Pairs of each paradigm, from the first."""
    paradigms: tuple[str, ...] | None = None
    """The paradigms to use; all by default."""


class Learner(Part):
    """A network, and the corpora that it is trained on, from scratch on each."""

    network: Network
    corpora: Annotated[tuple[str, ...], Field(min_length=1)]
    seeds: int | None = Field(default=None, ge=1)
    """By default the plan's."""


class Other(Part):
    """A language model trained elsewhere: a single one, or a folder of its checkpoints."""

    model: str | None = None
    """A packaged model, a folder or a hub id, causal or masked."""
    checkpoints: str | None = None
    """A folder of folders whose names end in the step."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.model is None) == (self.checkpoints is None):
            raise ValueError("it is either `model` or `checkpoints`")
        return self


class Language(Part):
    """Language models on minimal pairs."""

    blimp: Blimp = Blimp()
    corpora: dict[str, tuple[str, ...]] = Field(default={})
    """Text files, or folders of them, by the name of the corpus; n-grams use the first corpus."""
    learners: dict[str, Learner] = Field(default={})
    """Models that are trained in the study."""
    others: dict[str, Other] = Field(default={})

    @model_validator(mode="after")
    def _known(self) -> Self:
        used = {name for learner in self.learners.values() for name in learner.corpora}
        if unknown := sorted(used - set(self.corpora)):
            raise ValueError(f"no corpus {unknown[0]!r}; there are {', '.join(self.corpora)}")
        if not self.learners and not self.others:
            raise ValueError("a language model is missing: name `learners` or `others`")
        return self


class Plan(Part):
    """The amount of training."""

    words: int = Field(default=200_000, ge=100)
    """Maximum words of each corpus."""
    tokens: int = Field(default=2048, ge=300, le=8192)
    """Size of the vocabulary."""
    length: int = Field(default=64, ge=4)
    """Tokens in a row."""
    batch: int = Field(default=16, ge=1)
    """Rows a step."""
    checkpoints: Annotated[tuple[Step, ...], Field(min_length=2)] = (15, 30, 60, 120, 240)
    """Steps after which a model is evaluated; the last one is the end."""
    order: int = Field(default=5, ge=1, le=5)
    """Maximum order of the n-grams."""
    score: Literal["whole", "per token"] = "whole"
    """The score that decides which sentence a model prefers; both are reported."""
    seeds: int = Field(default=2, ge=1, le=20)
    seed: int = Field(default=SEED, ge=0)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if list(self.checkpoints) != sorted(set(self.checkpoints)):
            raise ValueError("checkpoints come in order, once each")
        return self


class Trajectories(Run):
    """Language models, systems whose capabilities are compared, or both."""

    study: Literal["trajectories"]
    language: Language | None = None
    systems: Outputs | None = None
    plan: Plan = Plan()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.language is None and self.systems is None:
            raise ValueError("there is nothing to compare: name `language` or `systems`")
        return self
