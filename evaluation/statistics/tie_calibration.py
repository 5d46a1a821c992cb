"""Pairwise accuracy with ties calibrated (Deutsch, Foster & Freitag 2023, "Ties Matter").

People tie often and metrics hardly ever, so scores of a metric that differ by no more than
some epsilon are taken for equal: the one that agrees with people best.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.statistics.correlation import Grouping, in_groups

Array = NDArray[np.float64]

MAX_PAIRS = 2**25
"""The most pairs to calibrate on, in all groups together: about a gigabyte of memory."""


class Calibrated(NamedTuple):
    """The mean accuracy over groups, at which epsilon, and of how many groups."""

    value: float
    epsilon: float
    groups: int


def acc_eq(metric: ArrayLike, human: ArrayLike, grouping: Grouping = "item") -> Calibrated:
    """Return the highest mean accuracy that any epsilon gives, and the least that gives it.

    A pair is right if both order it alike or both tie it; the metric ties what differs by no
    more than epsilon. Epsilon is one for all groups. All pairs' differences are tried, in one
    sweep over them sorted. NaN where there are no pairs.

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
    start, gaps, gains = 0.0, [np.zeros(1)], [np.zeros(1)]
    for gap, ordered, tied, weight in scores:
        # Ties of the metric cost the pairs it orders right, and gain those that people tie.
        gain = (tied.astype(np.float64) - ordered) * weight
        moved = gain != 0
        start += float((ordered * weight).sum())
        gaps.append(gap[moved])
        gains.append(gain[moved])
    value, epsilon = _sweep(np.concatenate(gaps), np.concatenate(gains), start)
    return Calibrated(value / scores.groups, epsilon, scores.groups)


def accuracies_at(
    metric: ArrayLike, human: ArrayLike, epsilon: float, grouping: Grouping = "item"
) -> Array:
    """Return each group's accuracy at an epsilon found elsewhere, shape (groups,); of any size.

    NaN where a group has no pairs.

    Raises:
        ValueError: the shapes differ, or `epsilon` is negative or NaN.
    """
    if not epsilon >= 0:
        raise ValueError(f"epsilon {epsilon}: it is at least 0")
    scores = _Scores(*_grouped(metric, human, grouping))
    right = np.where(scores.pairs > 0, 0.0, np.nan)
    for gap, ordered, tied, weight in scores:
        right += (np.where(gap <= epsilon, tied, ordered) * weight).sum(axis=-1)
    return np.asarray(right)


def _sweep(gaps: Array, gains: Array, start: float) -> tuple[float, float]:
    """Return the highest of `start` plus the gains up to a gap, and the least such gap."""
    order = np.argsort(gaps, kind="stable")
    gaps = gaps[order]
    values = start + np.cumsum(gains[order])
    last = np.append(gaps[1:] != gaps[:-1], True)  # equal gaps become ties together
    gaps, values = gaps[last], values[last]
    best = int(np.argmax(values >= values.max() - 1e-9))
    return float(values[best]), float(gaps[best])


def _grouped(metric: ArrayLike, human: ArrayLike, grouping: Grouping) -> tuple[Array, Array]:
    one, other = in_groups(metric, grouping), in_groups(human, grouping)
    if one.ndim != 2 or one.shape != other.shape:
        shapes = f"{np.shape(metric)} and {np.shape(human)}"
        raise ValueError(f"scores of shape {shapes}; both are (systems, segments)")
    return one, other


class _Scores:
    """Scores of groups, shape (groups, n); iterating yields their pairs, some at a time."""

    def __init__(self, metric: Array, human: Array) -> None:
        self.metric, self.human = metric, human
        self.present = ~(np.isnan(metric) | np.isnan(human))
        m = self.present.sum(axis=-1)
        self.pairs = m * (m - 1) // 2
        self.groups = int((self.pairs > 0).sum())

    def __iter__(self) -> Iterator[tuple[Array, NDArray[np.bool_], NDArray[np.bool_], Array]]:
        """Yield how far the metric is apart, whether both order it alike, and people tie it.

        With what each counts for: within a group, all pairs together count 1.
        """
        each = 1 / np.maximum(self.pairs, 1)[:, None]
        for apart in range(1, self.metric.shape[-1]):
            metric, human = (x[:, apart:] - x[:, :-apart] for x in (self.metric, self.human))
            weight = np.where(self.present[:, apart:] & self.present[:, :-apart], each, 0)
            metric, human = (np.where(weight > 0, x, 0) for x in (metric, human))
            yield np.abs(metric), np.sign(metric) * np.sign(human) > 0, human == 0, weight
