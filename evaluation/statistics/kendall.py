"""Coefficients that count pairs: do two scores order a pair alike, tie it, or disagree?

Everything here works along the last axis of arrays (..., n), batched over the axes before it,
in O(n log n). A pair of which a score is missing (NaN) is not counted; where there is nothing
to go by, the figure is NaN.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


class Pairs(NamedTuple):
    """How many pairs two scores order alike, unlike, or tie; each of the batch's shape.

    `tied_first` and `tied_second` count the ties of one score that are none of the other.
    """

    concordant: Whole
    discordant: Whole
    tied_first: Whole
    tied_second: Whole
    tied_both: Whole

    @property
    def total(self) -> Whole:
        """All pairs."""
        return np.asarray(sum(self))


def count_pairs(first: ArrayLike, second: ArrayLike) -> Pairs:
    """Count the pairs of two scores, shape (..., n) each.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    one, other, present = dense_ranks(first, second)
    width = one.shape[-1] + 1
    key = np.sort(one * width + other, axis=-1)
    n = present.sum(axis=-1)
    # What is missing is last in both orders: it makes no inversion, but ties with itself.
    missing = _choose(present.shape[-1] - n)
    ties_one, ties_other = _ties(np.sort(one, axis=-1)), _ties(np.sort(other, axis=-1))
    both = _ties(key) - missing
    only_one, only_other = ties_one - missing - both, ties_other - missing - both
    discordant = _inversions(key % width)
    concordant = _choose(n) - discordant - only_one - only_other - both
    return Pairs(concordant, discordant, only_one, only_other, both)


def kendall_b(first: ArrayLike, second: ArrayLike) -> Array:
    """Return Kendall's tau-b (1945), which divides by the pairs that either score orders."""
    c, d, one, other, _ = count_pairs(first, second)
    return _ratio(c - d, np.sqrt((c + d + one).astype(float) * (c + d + other)))


def kendall_c(first: ArrayLike, second: ArrayLike) -> Array:
    """Return Stuart's tau-c (1953), for scores of which one has fewer different values."""
    one, other, present = dense_ranks(first, second)
    c, d, *_ = count_pairs(first, second)
    n = present.sum(axis=-1)
    fewest = np.minimum(*(np.where(present, x, 0).max(axis=-1, initial=0) for x in (one, other)))
    return _ratio(2 * (c - d) * fewest, n**2 * (fewest - 1))


def kendall_23(first: ArrayLike, second: ArrayLike) -> Array:
    """Return the tau of Deutsch et al. (2023), equation 10: a tie of both is agreement.

    (concordant + tied in both - discordant - tied in one) / all; a tie that only one score
    has is as wrong as a wrong order.
    """
    pairs = count_pairs(first, second)
    right = pairs.concordant + pairs.tied_both
    return _ratio(2 * right - pairs.total, pairs.total)


def pairwise_accuracy(first: ArrayLike, second: ArrayLike) -> Array:
    """Return the share of pairs of which both scores say the same (Kocmi et al. 2021).

    On systems' scores it is theirs; on segments' it is Deutsch et al.'s (2023) acc_eq, and
    `ties.acc_eq` the same with ties calibrated.
    """
    pairs = count_pairs(first, second)
    return _ratio(pairs.concordant + pairs.tied_both, pairs.total)


def darr(metric: ArrayLike, human: ArrayLike, margin: float = 0.0) -> Array:
    """Return the tau of WMT's relative ranking from direct assessment (Ma et al. 2018).

    Of the pairs whose human scores differ by more than `margin` (WMT: 25 points of 100),
    (concordant - discordant) / all; where the metric ties, it is discordant.

    Raises:
        ValueError: `margin` is negative or NaN.
    """
    if not margin >= 0:
        raise ValueError(f"margin {margin}: it is at least 0")
    ranks, _, present = dense_ranks(metric, human)
    scores = np.broadcast_to(np.asarray(human, dtype=np.float64), present.shape)
    scores = np.where(present, scores, np.inf)
    # Every score is there twice: as itself, and raised by the margin. A pair counts where the
    # raised one is still the lower; the metric's ranks then tell whether it is right.
    both = np.concatenate([scores, scores + margin], axis=-1)
    raised = np.broadcast_to(np.repeat([False, True], present.shape[-1]), both.shape)
    order = np.lexsort((raised, both), axis=-1)
    raised = np.take_along_axis(raised, order, axis=-1)
    usable = np.take_along_axis(np.concatenate([present, present], axis=-1), order, axis=-1)
    lower, higher = raised & usable, ~raised & usable
    values = np.take_along_axis(np.concatenate([ranks, ranks], axis=-1), order, axis=-1)
    counted = np.where(higher, np.cumsum(lower, axis=-1), 0).sum(axis=-1)
    right = _inversions(values.shape[-1] - values, lower, higher)
    return _ratio(2 * right - counted, counted)


def soft_pairwise_accuracy(metric: ArrayLike, human: ArrayLike) -> Array:
    """Return the soft pairwise accuracy of Thompson et al. (2024), shape (...).

    Both are one-sided p-values for each pair of systems, shape (..., s, s), as
    `permutation.system_p_values` makes them: 1 minus the mean distance over pairs i < j.
    Pairs with a p-value missing are left out.
    """
    gaps = np.abs(np.asarray(metric, dtype=np.float64) - np.asarray(human, dtype=np.float64))
    i, j = np.triu_indices(gaps.shape[-1], 1)
    gaps = gaps[..., i, j]
    known = ~np.isnan(gaps)
    n = known.sum(axis=-1)
    return _ratio(n - np.where(known, gaps, 0).sum(axis=-1), n)


def dense_ranks(first: ArrayLike, second: ArrayLike) -> tuple[Whole, Whole, NDArray[np.bool_]]:
    """Return the ranks of two scores from 1, equal ones alike, and where both are present.

    Where one is missing, the rank of both is beyond all others'.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    one, other = np.broadcast_arrays(
        np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    )
    present = ~(np.isnan(one) | np.isnan(other))
    ranks = [_dense(np.where(present, x, np.inf), present) for x in (one, other)]
    return ranks[0], ranks[1], present


def _dense(values: Array, present: NDArray[np.bool_]) -> Whole:
    if not values.size:
        return np.zeros(values.shape, dtype=np.int64)
    ranks = rankdata(values, method="dense", axis=-1).astype(np.int64)
    return np.asarray(np.where(present, ranks, values.shape[-1]))


def _choose(n: Whole) -> Whole:
    return np.asarray(n * (n - 1) // 2)


def _ties(sorted_values: Whole) -> Whole:
    """Return how many pairs are equal, shape (...): each counts those of its run before it."""
    place = np.arange(sorted_values.shape[-1])
    new = np.ones(sorted_values.shape, dtype=bool)
    new[..., 1:] = sorted_values[..., 1:] != sorted_values[..., :-1]
    start = np.maximum.accumulate(np.where(new, place, 0), axis=-1)
    return np.asarray((place - start).sum(axis=-1))


def _inversions(
    values: Whole,
    earlier: NDArray[np.bool_] | None = None,
    later: NDArray[np.bool_] | None = None,
) -> Whole:
    """Count the pairs of which the first (if in `earlier`) exceeds the second (if in `later`).

    By binary digits, from the highest: two values first differ in one of them, and if all
    are kept in order within what the higher digits have in common, the inversions that this
    digit makes are its zeros, each times the ones before it in its group.
    """
    earlier = np.ones(values.shape, dtype=bool) if earlier is None else earlier
    later = np.ones(values.shape, dtype=bool) if later is None else later
    found = np.zeros(values.shape[:-1], dtype=np.int64)
    place = np.arange(values.shape[-1])
    for bit in reversed(range(int(values.max(initial=0)).bit_length())):
        order = np.argsort(values >> (bit + 1), axis=-1, kind="stable")
        values = np.take_along_axis(values, order, axis=-1)
        earlier = np.take_along_axis(earlier, order, axis=-1)
        later = np.take_along_axis(later, order, axis=-1)
        group, one = values >> (bit + 1), (values >> bit) & 1 == 1
        ones = np.cumsum(one & earlier, axis=-1)
        new = np.ones(values.shape, dtype=bool)
        new[..., 1:] = group[..., 1:] != group[..., :-1]
        start = np.maximum.accumulate(np.where(new, place, 0), axis=-1)
        before = np.take_along_axis(ones - (one & earlier), start, axis=-1)
        found += np.where(~one & later, ones - before, 0).sum(axis=-1)
    return found


def _ratio(part: NDArray[np.generic], whole: NDArray[np.generic]) -> Array:
    """Return `part / whole`, NaN where `whole` is 0."""
    below = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.asarray(part, dtype=np.float64) / np.where(below == 0, np.nan, below))
