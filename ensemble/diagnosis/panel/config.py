"""The configuration of the study of a panel."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ensemble.candidates import Kind
from evaluation.config import Part, Run
from evaluation.edits.types import Types
from evaluation.statistics.significance import SEED

Tokens = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Measured = Literal["answers", "chrf"]
"""How texts are scored by references: whether the final answer is right, or by chrF."""


class Price(Part):
    """The price of a million tokens that a model reads (`in`) or writes (`out`)."""

    read: Tokens = Field(alias="in")
    written: Tokens = Field(alias="out")


class Judging(Part):
    """How the judges of `judges.csv` were asked, so that they can be priced."""

    calls: int = Field(default=1, ge=1, le=10_000)
    """Calls of each judge for one prompt."""
    shown: int | None = Field(default=None, ge=1)
    """Outputs that a judge reads in one call; all by default."""
    tokens_in: Tokens | None = None
    """Tokens that a judge reads in one call; estimated by default."""
    tokens_out: Tokens | None = None
    """Tokens that it writes in one call; estimated by default."""
    recuse: bool = True
    """Whether to leave out what a judge says of its own outputs."""


class PanelOutputs(Part):
    """A system folder (or JSONL) of models' outputs, and its labels from at most one source."""

    path: str
    systems: tuple[str, ...] | None = None
    """The models to use; all by default."""
    kind: Kind | None = None
    """By default as recognised."""
    types: Types = "surface"
    """The classifier of edits."""
    gold: str | None = None
    """An M2 file, in the folder."""
    references: tuple[str, ...] = ()
    """Files of references, in the folder; by default `target.txt` and others named so."""
    scores: str | None = None
    """A CSV of system, segment, score, in the folder: how good people find each output."""
    judging: Judging = Judging()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if sum(map(bool, (self.gold, self.references, self.scores))) > 1:
            raise ValueError("labels come from one of gold, references and scores")
        return self


class Plan(Part):
    """How outputs are scored, and how the best single model is chosen."""

    measure: Measured | None = None
    """By default `answers` where references and at least half of the outputs state an answer."""
    folds: int = Field(default=5, ge=2, le=20)
    """Parts of the prompts; the model for each is chosen on the others."""
    seeds: int = Field(default=10, ge=1, le=100)
    """Draws of these parts, over which the best single model is averaged."""
    seed: int = Field(default=SEED, ge=0)


class Panel(Run):
    """The configuration of the study."""

    study: Literal["panel"]
    outputs: PanelOutputs
    samples: dict[str, tuple[str, ...]] | None = None
    """The outputs that are samples of one model, by model; by default NAME.1, NAME.2 and so on."""
    prices: dict[str, Price] = Field(default={})
    """The price of a million tokens, by model or judge."""
    plan: Plan = Plan()
