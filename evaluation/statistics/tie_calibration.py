"""Pairwise accuracy with ties calibrated (Deutsch, Foster & Freitag 2023, "Ties Matter").

People tie often and metrics hardly ever. So a metric's scores that differ by no more than an
epsilon are taken for equal, with the epsilon that agrees best with people.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evaluation.statistics.correlation import Grouping, in_groups
from evaluation.types import Array, Booleans

MAX_PAIRS = 2**25
"""Maximum number of pairs to calibrate on, over all groups: about a gigabyte of memory."""


class Calibrated(NamedTuple):
    """The mean accuracy over groups, the epsilon that gives it, and the number of groups."""

    value: float
    epsilon: float
    groups: int


def acc_eq(metric: ArrayLike, human: ArrayLike, grouping: Grouping = "item") -> Calibrated:
    """Return the highest mean accuracy that any epsilon gives, and the smallest such epsilon.

    A pair is right if metric and people order it alike or both tie it; the metric ties scores
    that differ by no more than epsilon. All groups share one epsilon. Every difference between
    two scores is tried, in one sweep over the sorted differences. NaN where there are no pairs.

    Args:
        metric: the metric's scores, shape (systems, segments).
        human: the judgements, of the same shape; pairs with a missing score (NaN) are left out.
        grouping: which scores are paired; the accuracy is averaged over the groups with pairs.

    Raises:
        ValueError: the shapes differ, or there are more pairs than `MAX_PAIRS`.
    """
    scores = _Scores(*_grouped(metric, human, grouping))
    if (size := scores.pairs.sum()) > MAX_PAIRS:
        raise ValueError(f"{size:,} pairs to calibrate on; {MAX_PAIRS:,} is the limit")
    if not scores.groups:
        return Calibrated(np.nan, np.nan, 0)
    # `start` is the accuracy without ties; epsilon 0, which changes nothing, is in the lists.
    start, gaps, gains = 0.0, [np.zeros(1)], [np.zeros(1)]
    for gap, ordered, tied, weight in scores:
        # A tie of the metric loses a pair that it ordered right and gains one that people tie.
        gain = (tied.astype(np.float64) - ordered) * weight
        changed = gain != 0
        start += float((ordered * weight).sum())
        gaps.append(gap[changed])
        gains.append(gain[changed])
    value, epsilon = best_epsilon(np.concatenate(gaps), np.concatenate(gains), start)
    return Calibrated(value / scores.groups, epsilon, scores.groups)


def accuracies_at(
    metric: ArrayLike, human: ArrayLike, epsilon: float, grouping: Grouping = "item"
) -> Array:
    """Return each group's accuracy at a given epsilon, shape (groups,); NaN for one without pairs.

    The number of pairs is not limited.

    Raises:
        ValueError: the shapes differ, or `epsilon` is negative or NaN.
    """
    if not epsilon >= 0:
        raise ValueError(f"epsilon {epsilon}: it must be at least 0")
    scores = _Scores(*_grouped(metric, human, grouping))
    right = np.where(scores.pairs > 0, 0.0, np.nan)
    for gap, ordered, tied, weight in scores:
        right += (np.where(gap <= epsilon, tied, ordered) * weight).sum(axis=-1)
    return np.asarray(right)


def best_epsilon(gaps: Array, gains: Array, start: float) -> tuple[float, float]:
    """Return the maximum of `start` plus the gains up to a gap, and the smallest gap with it.

    Args:
        gaps: differences of scores that may become ties, shape (n,).
        gains: what each gains as a tie, shape (n,).
        start: the sum without ties.
    """
    order = np.argsort(gaps, kind="stable")
    gaps = gaps[order]
    values = start + np.cumsum(gains[order])
    last = np.append(gaps[1:] != gaps[:-1], True)  # equal gaps become ties together
    gaps, values = gaps[last], values[last]
    # The tolerance keeps the rounding of the sums from deciding which epsilon is smallest.
    best = int(np.argmax(values >= values.max() - 1e-9))
    return float(values[best]), float(gaps[best])


def _grouped(metric: ArrayLike, human: ArrayLike, grouping: Grouping) -> tuple[Array, Array]:
    scores, truth = in_groups(metric, grouping), in_groups(human, grouping)
    if scores.ndim != 2 or scores.shape != truth.shape:
        shapes = f"{np.shape(metric)} and {np.shape(human)}"
        raise ValueError(f"scores of shape {shapes}; both must be (systems, segments)")
    return scores, truth


class _Scores:
    """Scores of groups, shape (groups, n); iterating yields their pairs in blocks."""

    def __init__(self, metric: Array, human: Array) -> None:
        self.metric, self.human = metric, human
        self.present = ~(np.isnan(metric) | np.isnan(human))
        m = self.present.sum(axis=-1)
        self.pairs = m * (m - 1) // 2
        self.groups = int((self.pairs > 0).sum())

    def __iter__(self) -> Iterator[tuple[Array, Booleans, Booleans, Array]]:
        """Yield the metric's gap, whether both order the pair alike, whether people tie it, weight.

        Each has the shape (groups, pairs); the pairs of a group have weights that add up to 1.
        """
        pair_weight = 1 / np.maximum(self.pairs, 1)[:, None]
        # All pairs whose columns are `distance` apart at once: memory is linear in n.
        for distance in range(1, self.metric.shape[-1]):
            metric, human = (x[:, distance:] - x[:, :-distance] for x in (self.metric, self.human))
            known = self.present[:, distance:] & self.present[:, :-distance]
            weight = np.where(known, pair_weight, 0)
            metric, human = (np.where(weight > 0, x, 0) for x in (metric, human))
            yield np.abs(metric), np.sign(metric) * np.sign(human) > 0, human == 0, weight
