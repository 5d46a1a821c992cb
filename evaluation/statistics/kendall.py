"""Coefficients that count the pairs two scores order alike, tie or order differently.

All work along the last axis of arrays (..., n), batched over the axes before it, in
O(n log n). A pair of which one score is missing (NaN) is not counted; a coefficient that is not
defined is NaN.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from evaluation.types import Array, Booleans, Integers


class Pairs(NamedTuple):
    """Numbers of pairs that two scores order alike, differently, or tie; each of shape (...).

    `tied_first` and `tied_second` count the pairs that only this score ties.
    """

    concordant: Integers
    discordant: Integers
    tied_first: Integers
    tied_second: Integers
    tied_both: Integers

    @property
    def total(self) -> Integers:
        """All pairs."""
        return np.asarray(sum(self))


def count_pairs(first: ArrayLike, second: ArrayLike) -> Pairs:
    """Count the pairs of two scores, shape (..., n) each.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    x, y, present = dense_ranks(first, second)
    width = x.shape[-1] + 1
    # One key for both ranks: sorted by it, y's inversions are the discordant pairs (Knight 1966).
    key = np.sort(x * width + y, axis=-1)
    n = present.sum(axis=-1)
    # Missing scores are last in both orders: they make no inversion, but tie with each other.
    missing = _choose(present.shape[-1] - n)
    ties_x, ties_y = _ties(np.sort(x, axis=-1)), _ties(np.sort(y, axis=-1))
    both = _ties(key) - missing
    only_x, only_y = ties_x - missing - both, ties_y - missing - both
    discordant = _inversions(key % width)
    concordant = _choose(n) - discordant - only_x - only_y - both
    return Pairs(concordant, discordant, only_x, only_y, both)


def kendall_b(first: ArrayLike, second: ArrayLike) -> Array:
    """Return Kendall's tau-b (1945), which divides by the pairs that either score orders."""
    c, d, tied_first, tied_second, _ = count_pairs(first, second)
    return _ratio(c - d, np.sqrt((c + d + tied_first).astype(float) * (c + d + tied_second)))


def kendall_c(first: ArrayLike, second: ArrayLike) -> Array:
    """Return Stuart's tau-c (1953), for scores of which one has fewer different values."""
    x, y, present = dense_ranks(first, second)
    c, d, *_ = count_pairs(first, second)
    n = present.sum(axis=-1)
    # The largest dense rank is the number of different values.
    fewest = np.minimum(*(np.where(present, ranks, 0).max(axis=-1, initial=0) for ranks in (x, y)))
    return _ratio(2 * (c - d) * fewest, n**2 * (fewest - 1))


def kendall_23(first: ArrayLike, second: ArrayLike) -> Array:
    """Return the tau of Deutsch et al. (2023), equation 10: a tie in both scores is agreement.

    (concordant + tied in both - discordant - tied in one) / all; a tie in one score only counts
    as much against it as a wrong order.
    """
    pairs = count_pairs(first, second)
    right = pairs.concordant + pairs.tied_both
    return _ratio(2 * right - pairs.total, pairs.total)


def pairwise_accuracy(first: ArrayLike, second: ArrayLike) -> Array:
    """Return the share of pairs that both scores order alike or both tie (Kocmi et al. 2021).

    Kocmi et al. use it on system scores; on segment scores it is the acc_eq of Deutsch et al.
    (2023), which `tie_calibration.acc_eq` computes with ties calibrated.
    """
    pairs = count_pairs(first, second)
    return _ratio(pairs.concordant + pairs.tied_both, pairs.total)


def darr(metric: ArrayLike, human: ArrayLike, margin: float = 0.0) -> Array:
    """Return the tau of WMT's relative ranking from direct assessment (Ma et al. 2018).

    Of the pairs whose human scores differ by at least `margin` (WMT: 25 points of 100) and are
    not equal, (concordant - discordant) / all; where the metric ties, it is discordant. As in
    mt-metrics-eval, pairs that differ by exactly the margin count.

    Raises:
        ValueError: `margin` is negative or NaN.
    """
    balance, counted = count_relative_ranks(metric, human, margin)
    return _ratio(balance, counted)


def count_relative_ranks(
    metric: ArrayLike, human: ArrayLike, margin: float = 0.0
) -> tuple[Integers, Integers]:
    """Return concordant minus discordant pairs, and the pairs that count for `darr`; shape (...).

    Raises:
        ValueError: `margin` is negative or NaN.
    """
    if not margin >= 0:
        raise ValueError(f"margin {margin}: it must be at least 0")
    ranks, _, present = dense_ranks(metric, human)
    scores = np.broadcast_to(np.asarray(human, dtype=np.float64), present.shape)
    scores = np.where(present, scores, np.inf)
    # Every score is in the list twice: as it is, and raised by the margin, and so much that it
    # differs. A pair counts where the raised score comes first; the metric's ranks then tell
    # whether it is right.
    both = np.concatenate([scores, np.maximum(scores + margin, np.nextafter(scores, np.inf))], -1)
    raised = np.broadcast_to(np.repeat([False, True], present.shape[-1]), both.shape)
    order = np.lexsort((~raised, both), axis=-1)
    raised = np.take_along_axis(raised, order, axis=-1)
    # Nothing is above an infinite score, and missing ones are infinite here.
    can_be_lower = np.take_along_axis(np.concatenate([scores, scores], -1) < np.inf, order, -1)
    usable = np.take_along_axis(np.concatenate([present, present], axis=-1), order, axis=-1)
    lower, higher = raised & can_be_lower, ~raised & usable
    values = np.take_along_axis(np.concatenate([ranks, ranks], axis=-1), order, axis=-1)
    counted = np.where(higher, np.cumsum(lower, axis=-1), 0).sum(axis=-1)
    right = _inversions(values.shape[-1] - values, lower, higher)
    return np.asarray(2 * right - counted), np.asarray(counted)


def soft_pairwise_accuracy(metric: ArrayLike, human: ArrayLike) -> Array:
    """Return the soft pairwise accuracy of Thompson et al. (2024), shape (...).

    It is 1 minus the mean distance between the p-values of metric and people over the pairs of
    systems i < j. Pairs with a missing p-value are left out.

    Args:
        metric: one-sided p-values of each pair of systems by the metric's scores, shape
            (..., s, s), as `permutation.compare_systems` computes them.
        human: the same by the judgements.
    """
    gaps = np.abs(np.asarray(metric, dtype=np.float64) - np.asarray(human, dtype=np.float64))
    i, j = np.triu_indices(gaps.shape[-1], 1)
    gaps = gaps[..., i, j]
    known = ~np.isnan(gaps)
    n = known.sum(axis=-1)
    return _ratio(n - np.where(known, gaps, 0).sum(axis=-1), n)


def dense_ranks(first: ArrayLike, second: ArrayLike) -> tuple[Integers, Integers, Booleans]:
    """Return the dense ranks of two scores from 1, and where both scores are present.

    Where either score is missing, both get a rank above all others.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    x, y = np.broadcast_arrays(
        np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    )
    present = ~(np.isnan(x) | np.isnan(y))
    ranks = [_dense(np.where(present, scores, np.inf), present) for scores in (x, y)]
    return ranks[0], ranks[1], present


def _dense(values: Array, present: Booleans) -> Integers:
    if not values.size:
        return np.zeros(values.shape, dtype=np.int64)
    ranks = rankdata(values, method="dense", axis=-1).astype(np.int64)
    return np.asarray(np.where(present, ranks, values.shape[-1]))


def _choose(n: Integers) -> Integers:
    return np.asarray(n * (n - 1) // 2)


def _ties(sorted_values: Integers) -> Integers:
    """Return the number of equal pairs, shape (...): each value counts the equal ones before it."""
    index = np.arange(sorted_values.shape[-1])
    start = _run_starts(sorted_values)
    return np.asarray((index - start).sum(axis=-1))


def _run_starts(values: Integers) -> Integers:
    """Return, for each value, the index at which its run of equal values begins."""
    index = np.arange(values.shape[-1])
    new = np.ones(values.shape, dtype=bool)
    new[..., 1:] = values[..., 1:] != values[..., :-1]
    return np.asarray(np.maximum.accumulate(np.where(new, index, 0), axis=-1))


def _inversions(
    values: Integers,
    earlier: Booleans | None = None,
    later: Booleans | None = None,
) -> Integers:
    """Count the pairs of which the first (if in `earlier`) exceeds the second (if in `later`).

    It goes through the binary digits from the highest: two values first differ in one of them.
    Values with the same higher digits form a group, in their original order; in it, each value
    with a 0 in this digit makes an inversion with every value with a 1 before it.
    """
    earlier = np.ones(values.shape, dtype=bool) if earlier is None else earlier
    later = np.ones(values.shape, dtype=bool) if later is None else later
    inversions = np.zeros(values.shape[:-1], dtype=np.int64)
    for bit in reversed(range(int(values.max(initial=0)).bit_length())):
        order = np.argsort(values >> (bit + 1), axis=-1, kind="stable")
        values = np.take_along_axis(values, order, axis=-1)
        earlier = np.take_along_axis(earlier, order, axis=-1)
        later = np.take_along_axis(later, order, axis=-1)
        is_one = (values >> bit) & 1 == 1
        ones = np.cumsum(is_one & earlier, axis=-1)
        group_start = _run_starts(values >> (bit + 1))
        before_group = np.take_along_axis(ones - (is_one & earlier), group_start, axis=-1)
        inversions += np.where(~is_one & later, ones - before_group, 0).sum(axis=-1)
    return inversions


def _ratio(part: NDArray[np.generic], whole: NDArray[np.generic]) -> Array:
    """Return `part / whole`, NaN where `whole` is 0."""
    divisor = np.asarray(whole, dtype=np.float64)
    divisor = np.where(divisor == 0, np.nan, divisor)
    return np.asarray(np.asarray(part, dtype=np.float64) / divisor)
