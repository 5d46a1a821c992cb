"""How metrics are held against people: what is computed, what is tested, how often drawn."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluation.statistics.correlation import Coefficient, Grouping, pearson, spearman
from evaluation.statistics.kendall import kendall_b
from evaluation.statistics.permutation import PERMUTATIONS, Unit
from evaluation.statistics.significance import RESAMPLES, SEED

Tested = Literal["pearson", "spearman", "kendall"]
"""A coefficient that metrics are ranked and tested by; kendall is tau-b."""

Level = Literal["segment", "system"]
"""Whether a metric orders texts as people do, or systems by their means (or corpus scores)."""

COEFFICIENTS: dict[Tested, Coefficient] = {
    "pearson": pearson,
    "spearman": spearman,
    "kendall": kendall_b,
}


class Plan(BaseModel):
    """What is computed. All coefficients are reported; those named here decide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segment: Tested = "spearman"
    """What decides at segment level, in the first of `groupings`."""
    system: Tested = "pearson"
    """What decides at system level."""
    groupings: Annotated[tuple[Grouping, ...], Field(min_length=1)] = ("none",)
    """Which segment scores are held against each other."""
    draw: Unit = "item"
    """What intervals draw again: segments, systems, or both."""
    resamples: Annotated[int, Field(ge=1, le=100_000)] = RESAMPLES
    permutations: Annotated[int, Field(ge=1, le=100_000)] = PERMUTATIONS
    level: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """What a p-value must be below."""
    seed: Annotated[int, Field(ge=0)] = SEED

    def parameters(self) -> dict[str, object]:
        """Return what a signature says of it."""
        return {**self.model_dump(), "groupings": "+".join(self.groupings)}
