"""Does a metric agree with people better than another, a system do better: permutation tests.

If two are as good as each other, it does not matter which of a pair of scores is whose. So
scores are swapped at random, and the p-value is how often a swapped difference is at least
as large as the one observed. It is one-sided: small where the first is the better.
"""

from collections.abc import Iterable, Iterator
from math import isnan
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.statistics.correlation import Grouping, Statistic, grouped, in_groups, pearson
from evaluation.statistics.pearson_permutation import SwappedPearson
from evaluation.statistics.significance import SEED

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

PERMUTATIONS = 1000
EXACT_UP_TO = 4096
"""If there are no more ways to swap than this, or than permutations asked for, all are tried."""
_AT_ONCE = 2**21  # scores swapped together
_SAME = 1e-9  # differences closer than this are the same: sums of squares round as much
_CONSTANT = 1e-12  # scores that vary less than this, beside their size, do not vary

Unit = Literal["both", "system", "item"]
"""What is swapped (or drawn) as one: each score for itself, so that both systems and segments
are taken for samples; all scores of a system; or all scores of a segment."""

Method = Literal["exact", "sampled", "stopped early"]
"""All permutations were tried, or random ones, or random ones until enough told against."""


class Permuted(NamedTuple):
    """A difference observed, its one-sided `p`, and how many `permutations` that rests on.

    Fields are arrays where several differences are tested at once: [i, j] is how much i is
    better than j. NaN where the difference is not defined.
    """

    difference: Array
    p: Array
    permutations: int
    method: Method


def compare(
    first: ArrayLike,
    second: ArrayLike,
    human: ArrayLike,
    statistic: Statistic,
    swap: Unit = "both",
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
    stop_after: int | None = None,
) -> Permuted:
    """Test whether a metric agrees with people better than another, by any statistic.

    Deutsch, Dror & Roth (2021): both metrics' scores are standardised, then swapped by `swap`
    ("both" is their PERM-BOTH, with the most power). Scores that a metric or people lack (NaN) are
    left out for both. For Pearson at segment level, `compare_pearson` is far faster.

    Args:
        first: a metric's scores, shape (systems, segments).
        second: the other's.
        human: the judgements.
        statistic: see `correlation.segment_level` and `system_level`.
        swap: what is swapped as one.
        permutations: how many are sampled, if not all are tried.
        seed: of the sampling.
        stop_after: stop when so many differences were as large as the one observed; p is then
            their share so far, which is as valid (Besag & Clifford 1991).

    Raises:
        ValueError: the shapes differ or are not (systems, segments), a score is infinite,
            there is no such `swap`, or a number is below 1.
    """
    (one, other), truth = _standardised(_stacked(first, second), human)
    method, blocks = _swaps(one.shape, swap, permutations, seed)
    observed = float(statistic(one, truth) - statistic(other, truth))

    def against(kept: Flags) -> Flags:
        mixed, rest = np.where(kept, one, other), np.where(kept, other, one)
        return _as_large(statistic(mixed, truth) - statistic(rest, truth), observed)

    p, tried, method = _p_value(map(against, blocks), method, stop_after)
    return Permuted(
        np.asarray(observed), np.asarray(np.nan if isnan(observed) else p), tried, method
    )


def compare_pearson(
    metrics: ArrayLike,
    human: ArrayLike,
    grouping: Grouping = "none",
    swap: Unit = "both",
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Permuted:
    """Test each metric against each other by Pearson's r with segment-level judgements.

    As `compare` does, but by matrix products: with signs s for who keeps a score, the
    sums, squares and products that r is made of are linear in s. The same swaps serve all pairs.
    Scores that any metric or people lack are left out for all.

    Args:
        metrics: the metrics' scores, shape (metrics, systems, segments).
        human: the judgements, shape (systems, segments).
        grouping: which scores are held against each other; r is averaged over the groups.
        swap: what is swapped as one.
        permutations: how many are sampled, if not all are tried.
        seed: of the sampling.

    Returns:
        The tests, each field of shape (metrics, metrics).

    Raises:
        ValueError: as `compare`, or there is no such grouping.
    """
    scores, truth = _standardised(np.asarray(metrics, dtype=np.float64), human)
    swapped = SwappedPearson(in_groups(scores, grouping), in_groups(truth, grouping))
    pairs = np.triu_indices(len(scores), 1)
    method, blocks = _swaps(truth.shape, swap, permutations, seed)

    def differences(kept: Flags) -> Array:
        every = np.broadcast_to(_signs(kept), (len(kept), *truth.shape))
        return swapped.differences(in_groups(every, grouping), pairs)

    observed = differences(np.ones((1, 1, 1), dtype=bool))[:, 0]
    found = _of_pairs(len(scores), observed, map(differences, blocks), np.ones(1), method)
    r = grouped(pearson, scores, truth, grouping).value  # to the last digit, unlike `observed`
    difference = r[:, None] - r[None]
    np.fill_diagonal(difference, 0)
    return found._replace(difference=difference)


def compare_systems(
    scores: ArrayLike, permutations: int = PERMUTATIONS, seed: int = SEED
) -> Permuted:
    """Test each system's mean against each other's, swapping their scores segment by segment.

    The paired permutation test (Fisher 1935; Noreen 1989). A segment that one of two systems
    has no score on (NaN) is left out for that pair. The p-values are what
    `concordance.soft_pairwise_accuracy` and `comparison.clusters` take.

    Args:
        scores: shape (systems, segments).
        permutations: how many are sampled, if not all are tried.
        seed: of the sampling; systems scored by two metrics with the same seed are swapped alike.

    Returns:
        The tests, each field of shape (systems, systems).

    Raises:
        ValueError: the shape is another, or `permutations` is below 1.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"scores of shape {values.shape}; it is (systems, segments)")
    i, j = np.triu_indices(len(values), 1)
    gaps = values[i] - values[j]
    n = (~np.isnan(gaps)).sum(axis=-1)
    gaps = np.nan_to_num(gaps) / np.where(n > 0, n, np.nan)[:, None]
    method, blocks = _swaps((1, values.shape[1]), "item", permutations, seed)
    drawn = (gaps @ _signs(kept[:, 0]).T for kept in blocks)
    # Differences can be told as exactly as their size allows.
    size = np.abs(gaps).sum(axis=-1)
    return _of_pairs(len(values), gaps.sum(axis=-1), drawn, size, method)


def _stacked(first: ArrayLike, second: ArrayLike) -> Array:
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != other.shape:
        raise ValueError(f"metrics of shape {one.shape} and {other.shape} cannot be compared")
    return np.stack([one, other])


def _standardised(scores: Array, human: ArrayLike) -> tuple[Array, Array]:
    """Return metrics' scores with mean 0 and variance 1, and the judgements, NaN where any is."""
    truth = np.asarray(human, dtype=np.float64)
    if truth.ndim != 2 or scores.ndim != 3 or scores.shape[1:] != truth.shape:
        what = f"metrics of shape {scores.shape[1:]} for judgements of shape {truth.shape}"
        raise ValueError(f"{what}; all are (systems, segments)")
    if np.isinf(scores).any() or np.isinf(truth).any():
        raise ValueError("a score is infinite; NaN is for missing ones")
    present = ~(np.isnan(scores).any(axis=0) | np.isnan(truth))
    n = max(int(present.sum()), 1)
    kept = np.where(present, scores, 0)
    above = np.where(present, kept - kept.sum(axis=(1, 2), keepdims=True) / n, 0)
    spread = np.sqrt((above**2).sum(axis=(1, 2), keepdims=True) / n)
    size = np.abs(kept).max(axis=(1, 2), keepdims=True, initial=0)
    varies = spread > _CONSTANT * size
    above = np.where(varies, above / np.where(varies, spread, 1), 0)
    return np.where(present, above, np.nan), np.where(present, truth, np.nan)


def _swaps(
    shape: tuple[int, ...], swap: Unit, permutations: int, seed: int
) -> tuple[Method, Iterator[Flags]]:
    """Return who keeps the scores: blocks that broadcast with (some, systems, segments)."""
    units = {"both": shape, "system": (shape[0], 1), "item": (1, shape[1])}
    if swap not in units:
        raise ValueError(f"no swap {swap!r}; there are {', '.join(units)}")
    if permutations < 1:
        raise ValueError(f"{permutations} permutations; it is at least 1")
    n = units[swap][0] * units[swap][1]
    at_once = max(1, _AT_ONCE // max(shape[0] * shape[1], 1))
    exact = n < 63 and 2**n <= max(EXACT_UP_TO, permutations)
    flags = _all(n, at_once) if exact else _random(n, permutations, at_once, seed)
    return "exact" if exact else "sampled", (some.reshape(-1, *units[swap]) for some in flags)


def _all(n: int, at_once: int) -> Iterator[Flags]:
    for start in range(0, 2**n, at_once):
        numbers = np.arange(start, min(start + at_once, 2**n))
        yield (numbers[:, None] >> np.arange(n)) & 1 == 0


def _random(n: int, permutations: int, at_once: int, seed: int) -> Iterator[Flags]:
    generator = np.random.default_rng(seed)
    for start in range(0, permutations, at_once):
        size = (min(at_once, permutations - start), n)
        yield generator.integers(0, 2, size, dtype=np.bool_)


def _signs(kept: Flags) -> Array:
    return np.where(kept, 1.0, -1.0)


def _as_large(drawn: Array, observed: Array | float, size: Array | float = 1.0) -> Flags:
    """Return which differences are at least the one observed; an undefined one tells against."""
    return np.asarray(~(drawn < observed - _SAME * size))


def _p_value(
    against: Iterator[Flags], method: Method, stop_after: int | None
) -> tuple[float, int, Method]:
    """Return p, how many permutations were tried, and how."""
    if stop_after is not None and stop_after < 1:
        raise ValueError(f"stop after {stop_after}; it is at least 1")
    found = tried = 0
    for flags in against:
        counts = found + np.cumsum(flags)
        if method == "sampled" and stop_after is not None and counts[-1] >= stop_after:
            tried += int(np.searchsorted(counts, stop_after)) + 1
            return stop_after / tried, tried, "stopped early"
        found, tried = int(counts[-1]), tried + len(flags)
    # Sampled, the difference observed is itself one of the permutations (Phipson & Smyth 2010).
    p = found / tried if method == "exact" else (found + 1) / (tried + 1)
    return p, tried, method


def _of_pairs(
    k: int, observed: Array, drawn: Iterable[Array], size: Array, method: Method
) -> Permuted:
    """Return the tests of pairs i < j of k as matrices; on the diagonal nothing differs.

    `observed` has the shape (pairs,), each of `drawn` (pairs, some).
    """
    tried, above, below = 0, np.zeros(len(observed)), np.zeros(len(observed))
    for some in drawn:
        above += _as_large(some, observed[:, None], size[:, None]).sum(axis=-1)
        below += _as_large(-some, -observed[:, None], size[:, None]).sum(axis=-1)
        tried += some.shape[-1]
    itself = 0 if method == "exact" else 1
    i, j = np.triu_indices(k, 1)
    difference, p = np.zeros((k, k)), np.ones((k, k))
    difference[i, j], difference[j, i] = observed, -observed
    for a, b, count in ((i, j, above), (j, i, below)):
        p[a, b] = np.where(np.isnan(observed), np.nan, (count + itself) / (tried + itself))
    return Permuted(difference, p, tried, method)
