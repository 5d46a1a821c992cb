"""Pearson's r and Spearman's rho, averaged over groups of segments or computed over systems.

Coefficients work along the last axis and are batched over the rest. A pair of which one score
is missing (NaN) is left out, never taken for 0; where the remaining scores do not define a
coefficient (fewer than two, or all equal), it is NaN. The coefficients that count pairs are in
`kendall` and `tie_calibration`.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from evaluation.types import Array, Booleans, Integers

Coefficient = Callable[[Array, Array], Array]
"""Maps scores of the shapes (..., n) to figures, shape (...)."""

Statistic = Callable[[Array, Array], Array]
"""Maps a metric's segment scores, shape (..., systems, segments), and the judgements of
(systems, segments) to how far they agree, shape (...)."""

Grouping = Literal["none", "system", "item"]
"""Which segment scores are compared with each other: all of them ("none"); those of one system
on different segments ("system"); or those of different systems on one segment ("item"). The
last two are averaged over the groups."""

_ROUNDING = 1e-13  # a spread this small, beside the values themselves, is rounding error


class Grouped(NamedTuple):
    """A coefficient's mean over the groups where it is defined, and the number of these groups."""

    value: Array
    groups: Integers


def pearson(first: ArrayLike, second: ArrayLike) -> Array:
    """Return Pearson's r of scores, shape (..., n) each; NaN if one is infinite.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    x, y, present = _paired(first, second)
    n = present.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        x, y = _centred(x, present, n), _centred(y, present, n)
    product = np.einsum("...i,...i->...", x, y)
    # Two roots rather than the root of the product, which could overflow or underflow.
    spread = np.sqrt(np.einsum("...i,...i->...", x, x))
    spread *= np.sqrt(np.einsum("...i,...i->...", y, y))
    # Rounding can take |r| a last digit above 1.
    return np.asarray(np.clip(product / np.where(spread > 0, spread, np.nan), -1, 1))


def spearman(first: ArrayLike, second: ArrayLike) -> Array:
    """Return Spearman's rho: Pearson's r of the ranks, equal scores sharing their mean rank.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    x, y, present = _paired(first, second)
    return pearson(_ranks(x, present), _ranks(y, present))


def grouped(
    coefficient: Coefficient, metric: ArrayLike, human: ArrayLike, grouping: Grouping
) -> Grouped:
    """Return the mean of a coefficient over the groups of segment scores.

    Args:
        coefficient: one of this module or of `kendall`.
        metric: the metric's scores, shape (..., systems, segments).
        human: the judgements, of a shape that broadcasts with it.
        grouping: which scores are compared with each other.

    Raises:
        ValueError: the shapes do not broadcast, or the grouping is unknown.
    """
    by_group = coefficient(in_groups(metric, grouping), in_groups(human, grouping))
    return Grouped(known_mean(by_group), np.asarray((~np.isnan(by_group)).sum(axis=-1)))


def segment_level(coefficient: Coefficient, grouping: Grouping) -> Statistic:
    """Return the statistic that averages a coefficient over groups of segments; see `grouped`."""
    return partial(_on_segments, coefficient, grouping)


def _on_segments(
    coefficient: Coefficient, grouping: Grouping, metric: Array, human: Array
) -> Array:
    return grouped(coefficient, metric, human, grouping).value


def system_level(coefficient: Coefficient) -> Statistic:
    """Return the statistic that correlates systems' means over the segments judged."""
    return partial(_on_systems, coefficient)


def _on_systems(coefficient: Coefficient, metric: Array, human: Array) -> Array:
    # Both means are over the same segments, or a system judged on easy ones alone would win.
    judged = np.where(np.isnan(human), np.nan, metric)
    if (unscored := np.isnan(metric) & ~np.isnan(human)).any():
        human = np.where(unscored, np.nan, human)
    return coefficient(system_scores(judged), system_scores(human))


def in_groups(scores: ArrayLike, grouping: Grouping) -> Array:
    """Return scores, shape (..., systems, segments), as (..., groups, n).

    Raises:
        ValueError: they have fewer than two axes, or the grouping is unknown.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim < 2:
        raise ValueError(
            f"segment scores have shape {values.shape}; it must be (..., systems, segments)"
        )
    if grouping == "none":
        return values.reshape(*values.shape[:-2], 1, -1)
    if grouping == "system":
        return values
    if grouping == "item":
        return np.swapaxes(values, -1, -2)
    raise ValueError(f"no grouping {grouping!r}; there are none, system, item")


def system_scores(scores: ArrayLike) -> Array:
    """Return each system's mean over the segments that it has a score on, shape (..., systems)."""
    return known_mean(np.asarray(scores, dtype=np.float64))


def known_mean(values: Array) -> Array:
    """Return the mean of the values along the last axis that are not NaN; NaN if all are."""
    known = ~np.isnan(values)
    n = known.sum(axis=-1)
    return np.asarray(np.where(known, values, 0).sum(axis=-1) / np.where(n > 0, n, np.nan))


def _paired(first: ArrayLike, second: ArrayLike) -> tuple[Array, Array, Booleans]:
    """Return both as arrays of one shape, and where neither is missing."""
    x, y = np.broadcast_arrays(
        np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    )
    return x, y, ~(np.isnan(x) | np.isnan(y))


def _centred(values: Array, present: Booleans, n: Integers) -> Array:
    """Return the present values minus their mean, divided by the largest deviation; else 0.

    The division keeps squares from overflow and underflow; r does not depend on it. Deviations
    within rounding error of the values count as none: a constant score has no correlation.
    """
    filled = np.where(present, values, 0)
    size = np.abs(filled).max(axis=-1, initial=0, keepdims=True)
    mean = filled.sum(axis=-1, keepdims=True) / np.maximum(n, 1)[..., None]
    deviation = np.where(present, filled - mean, 0)
    largest = np.abs(deviation).max(axis=-1, initial=0, keepdims=True)
    return np.where(largest > _ROUNDING * size, deviation / np.where(largest > 0, largest, 1), 0)


def _ranks(values: Array, present: Booleans) -> Array:
    if not values.size:
        return values
    # Missing values must rank above all others, even above infinite scores.
    largest = np.finfo(np.float64).max
    ranks = rankdata(np.where(present, np.clip(values, -largest, largest), np.inf), axis=-1)
    return np.where(present, ranks, np.nan)
