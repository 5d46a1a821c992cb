"""The options of a meta-evaluation: coefficients, groupings, resamples and permutations."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluation.meta_evaluation.coefficients import (
    MARGIN,
    USUAL,
    CoefficientName,
    SystemCoefficientName,
)
from evaluation.statistics.correlation import Grouping
from evaluation.statistics.permutation import PERMUTATIONS, Unit
from evaluation.statistics.rater_models import RaterModel
from evaluation.statistics.significance import RESAMPLES, SEED

Level = Literal["segment", "system"]
"""Whether a metric orders texts as people do, or systems by their means (or corpus scores)."""

UNMATCHED_TOLERANCE = 0.01
"""The default share of the judgements that may be without a text."""


class MetaEvaluationOptions(BaseModel):
    """The key `plan` of a run: the coefficients that are reported, and those that decide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segment: CoefficientName = "pearson"
    """The coefficient that decides at segment level, in the first of `groupings`."""
    system: SystemCoefficientName = "pearson"
    """The coefficient that decides at system level."""
    coefficients: tuple[CoefficientName, ...] = USUAL
    """The coefficients that are reported beside those that decide."""
    margin: Annotated[float, Field(ge=0, allow_inf_nan=False)] = MARGIN
    """By how much two judgements must differ at least to count for `darr`."""
    groupings: Annotated[tuple[Grouping, ...], Field(min_length=1)] = ("none",)
    """Which segment scores are compared with each other."""
    raters: RaterModel = "mean"
    """The treatment of ratings before the mean over raters; for the segments of one analysis."""
    draw: Unit = "item"
    """The unit that intervals resample: segments, systems, or both."""
    resamples: Annotated[int, Field(ge=1, le=100_000)] = RESAMPLES
    permutations: Annotated[int, Field(ge=1, le=100_000)] = PERMUTATIONS
    level: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """The significance level: a p-value must be below it."""
    seed: Annotated[int, Field(ge=0)] = SEED

    def reported(self, level: Level) -> tuple[CoefficientName, ...]:
        """Return the coefficients of a level's rows, each once; `darr` is of segments alone."""
        decides = self.segment if level == "segment" else self.system
        names = dict.fromkeys((*self.coefficients, decides))
        return tuple(name for name in names if level == "segment" or name != "darr")

    def parameters(self) -> dict[str, object]:
        """Return the options as the signature lists them; the margin where it is used."""
        joined = {name: "+".join(getattr(self, name)) for name in ("coefficients", "groupings")}
        parameters = {**self.model_dump(), **joined}
        if "darr" not in self.reported("segment"):
            del parameters["margin"]
        return parameters
