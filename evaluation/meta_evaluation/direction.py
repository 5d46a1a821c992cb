"""Notes on metrics that agree with people the other way: is a lower score the better one?"""

from collections.abc import Iterable

import numpy as np

from evaluation.meta_evaluation.coefficients import TIES_DISAGREE
from evaluation.meta_evaluation.correlations import Comparison
from evaluation.meta_evaluation.verdict import figure, listed

_FEWEST = 3
_CLEARLY = -0.5
"""A figure without an interval must be as low as this to be noted."""


def direction_notes(comparisons: Iterable[Comparison], systems: int) -> list[str]:
    """Return a note for each level at which metrics score the texts higher that people find worse.

    A metric does so where its interval lies below 0; or where, without an interval, its figure is
    clearly below 0, and farther from it than the figure of any metric is above it. Coefficients by
    which ties disagree are below 0 for other reasons too; between two systems every correlation is
    1 or -1.
    """
    notes = []
    for comparison in comparisons:
        if comparison.level == "system" and systems < _FEWEST:
            continue
        if comparison.statistic.split(",")[0] in TIES_DISAGREE:
            continue
        if opposite := _opposite(comparison):
            known = int((~np.isnan(comparison.values)).sum())
            lower = "judgements" if len(opposite) == known > 1 else "scores"
            verb = "agree" if len(opposite) > 1 else "agrees"
            named = listed([f"{comparison.names[i]}{figure(comparison, i)}" for i in opposite])
            notes.append(
                f"{named} {verb} with people the other way at {comparison.level} level; "
                f"if lower {lower} are better, say so with `lower_is_better`"
            )
    return notes


def _opposite(comparison: Comparison) -> list[int]:
    """Return the indices of the metrics that agree the other way, the farthest first."""
    values = comparison.values
    highest = np.nanmax(np.append(values, 0))
    without = np.isnan(comparison.low) & (values <= _CLEARLY) & (values < -highest)
    opposite = without | (comparison.high < 0)
    return [i for i in reversed(comparison.order) if opposite[i]]
