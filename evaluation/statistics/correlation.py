"""How far a metric agrees with people: correlation, along the last axis, batched over the rest.

A pair of scores of which one is missing (NaN) is left out, never taken for 0; where what is
left does not define a figure (fewer than two, or all the same), it is NaN. The coefficients
that count pairs are in `concordance` and `ties`.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]

Coefficient = Callable[[Array, Array], Array]
"""Maps scores of the shapes (..., n) to figures, shape (...)."""

Statistic = Callable[[Array, Array], Array]
"""Maps a metric's segment scores, shape (..., systems, segments), and the judgements of
(systems, segments) to how far they agree, shape (...)."""

Grouping = Literal["none", "system", "item"]
"""Which segment scores are held against each other: all of them; those of one system, on
different segments; or those of one segment (item), by different systems. The last two are
averaged over the groups."""

_ROUNDING = 1e-13  # a spread this small, beside the values themselves, is rounding error


class Grouped(NamedTuple):
    """A coefficient's mean over groups, and over how many: those where it is defined."""

    value: Array
    groups: NDArray[np.int64]


def pearson(first: ArrayLike, second: ArrayLike) -> Array:
    """Return Pearson's r of scores, shape (..., n) each; NaN if one is infinite.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    one, other, present = _paired(first, second)
    n = present.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        one, other = _centred(one, present, n), _centred(other, present, n)
    product = np.einsum("...i,...i->...", one, other)
    spread = np.sqrt(np.einsum("...i,...i->...", one, one))
    spread *= np.sqrt(np.einsum("...i,...i->...", other, other))
    return np.asarray(np.clip(product / np.where(spread > 0, spread, np.nan), -1, 1))


def spearman(first: ArrayLike, second: ArrayLike) -> Array:
    """Return Spearman's rho: Pearson's r of the ranks, equal scores sharing their mean rank.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    one, other, present = _paired(first, second)
    return pearson(_ranks(one, present), _ranks(other, present))


def grouped(
    coefficient: Coefficient, metric: ArrayLike, human: ArrayLike, grouping: Grouping
) -> Grouped:
    """Return the mean of a coefficient over the groups of segment scores.

    Args:
        coefficient: one of this module, or of `concordance`.
        metric: the metric's scores, shape (..., systems, segments).
        human: the judgements, of a shape that broadcasts with it.
        grouping: which scores are held against each other.

    Raises:
        ValueError: the shapes do not broadcast, or there is no such grouping.
    """
    found = coefficient(in_groups(metric, grouping), in_groups(human, grouping))
    return Grouped(known_mean(found), np.asarray((~np.isnan(found)).sum(axis=-1)))


def segment_level(coefficient: Coefficient, grouping: Grouping) -> Statistic:
    """Return what gives a coefficient's mean over groups of segment scores; see `grouped`."""
    return partial(_on_segments, coefficient, grouping)


def _on_segments(
    coefficient: Coefficient, grouping: Grouping, metric: Array, human: Array
) -> Array:
    return grouped(coefficient, metric, human, grouping).value


def system_level(coefficient: Coefficient) -> Statistic:
    """Return what gives a coefficient of systems' means over the segments judged."""
    return partial(_on_systems, coefficient)


def _on_systems(coefficient: Coefficient, metric: Array, human: Array) -> Array:
    judged = np.where(np.isnan(human), np.nan, metric)
    return coefficient(system_scores(judged), system_scores(human))


def in_groups(scores: ArrayLike, grouping: Grouping) -> Array:
    """Return scores, shape (..., systems, segments), as (..., groups, n).

    Raises:
        ValueError: they have fewer than two axes, or there is no such grouping.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim < 2:
        raise ValueError(f"segment scores of shape {values.shape}; it is (..., systems, segments)")
    if grouping == "none":
        return values.reshape(*values.shape[:-2], 1, -1)
    if grouping == "system":
        return values
    if grouping == "item":
        return np.swapaxes(values, -1, -2)
    raise ValueError(f"no grouping {grouping!r}; there are none, system, item")


def system_scores(scores: ArrayLike) -> Array:
    """Return each system's mean over the segments it has a score on, shape (..., systems)."""
    return known_mean(np.asarray(scores, dtype=np.float64))


def known_mean(values: Array) -> Array:
    """Return the mean along the last axis of what is no NaN, NaN where nothing is."""
    known = ~np.isnan(values)
    n = known.sum(axis=-1)
    return np.asarray(np.where(known, values, 0).sum(axis=-1) / np.where(n > 0, n, np.nan))


def _paired(first: ArrayLike, second: ArrayLike) -> tuple[Array, Array, NDArray[np.bool_]]:
    one, other = np.broadcast_arrays(
        np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    )
    return one, other, ~(np.isnan(one) | np.isnan(other))


def _centred(values: Array, present: NDArray[np.bool_], n: NDArray[np.int64]) -> Array:
    """Return what each present value is above their mean, over the largest, and else 0.

    Dividing keeps squares from overflow and underflow; r does not depend on it.
    """
    kept = np.where(present, values, 0)
    size = np.abs(kept).max(axis=-1, initial=0, keepdims=True)
    above = np.where(
        present, kept - kept.sum(axis=-1, keepdims=True) / np.maximum(n, 1)[..., None], 0
    )
    largest = np.abs(above).max(axis=-1, initial=0, keepdims=True)
    return np.where(largest > _ROUNDING * size, above / np.where(largest > 0, largest, 1), 0)


def _ranks(values: Array, present: NDArray[np.bool_]) -> Array:
    if not values.size:
        return values
    # What is missing must be beyond all else, even beyond infinite scores.
    largest = np.finfo(np.float64).max
    ranks = rankdata(np.where(present, np.clip(values, -largest, largest), np.inf), axis=-1)
    return np.where(present, ranks, np.nan)
