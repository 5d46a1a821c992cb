"""The options of a meta-evaluation: coefficients, groupings, resamples and permutations."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluation.statistics.correlation import Coefficient, Grouping, pearson, spearman
from evaluation.statistics.kendall import kendall_b
from evaluation.statistics.permutation import PERMUTATIONS, Unit
from evaluation.statistics.rater_models import RaterModel
from evaluation.statistics.significance import RESAMPLES, SEED

CoefficientName = Literal["pearson", "spearman", "kendall"]
"""A coefficient that metrics are ranked and tested by; kendall is tau-b."""

Level = Literal["segment", "system"]
"""Whether a metric orders texts as people do, or systems by their means (or corpus scores)."""

COEFFICIENTS: dict[CoefficientName, Coefficient] = {
    "pearson": pearson,
    "spearman": spearman,
    "kendall": kendall_b,
}

UNMATCHED_TOLERANCE = 0.01
"""The default share of the judgements that may be without a text."""


class MetaEvaluationOptions(BaseModel):
    """The key `plan` of a run. All coefficients are reported; the ones named here decide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segment: CoefficientName = "spearman"
    """The coefficient that decides at segment level, in the first of `groupings`."""
    system: CoefficientName = "pearson"
    """The coefficient that decides at system level."""
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

    def parameters(self) -> dict[str, object]:
        """Return the options as the signature lists them."""
        return {**self.model_dump(), "groupings": "+".join(self.groupings)}
