"""Permutation tests of whether one metric agrees better with people, or one system is better.

Under the null hypothesis the two scores of a pair can be swapped. So scores are swapped at
random, and the p-value is the share of swaps whose difference is at least as large as the one
observed. It is one-sided: small where the first is the better.
"""

from collections.abc import Iterable, Iterator
from math import isnan
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evaluation.statistics.correlation import Grouping, Statistic, grouped, in_groups, pearson
from evaluation.statistics.pearson_permutation import SwappedPearson
from evaluation.statistics.significance import SEED
from evaluation.types import Array, Booleans

PERMUTATIONS = 1000
EXACT_UP_TO = 4096
"""All permutations are tried if there are at most this many, or at most as many as requested."""
_AT_ONCE = 2**21  # scores swapped together
_SAME = 1e-9  # differences closer than this count as equal: sums of squares round that much
_CONSTANT = 1e-12  # scores whose spread is below this share of their size count as constant

Unit = Literal["both", "system", "item"]
"""The unit that is swapped (or drawn) as a whole: each score by itself ("both": systems and
segments both count as samples), all scores of a system, or all scores of a segment."""

Method = Literal["exact", "sampled", "stopped early"]
"""All permutations were tried; or random ones; or random ones until `stop_after` was reached."""


class Permuted(NamedTuple):
    """An observed difference, its one-sided `p`, and the number of `permutations` tried.

    Where several differences are tested at once, the fields are matrices: [i, j] is how much i
    is better than j. NaN where the difference is not defined.
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
    ("both" is their PERM-BOTH, which has the most power). Scores that a metric or people lack
    (NaN) are left out for both. For Pearson at segment level, `compare_pearson` is far faster.

    Args:
        first: a metric's scores, shape (systems, segments).
        second: the other metric's scores, of the same shape.
        human: the judgements, of the same shape.
        statistic: see `correlation.segment_level` and `system_level`.
        swap: the unit that is swapped as a whole.
        permutations: the number to sample, if not all are tried.
        seed: the seed of the random swaps.
        stop_after: stop after this number of differences at least as large as the one observed;
            p is then their share so far, which is as valid (Besag & Clifford 1991).

    Raises:
        ValueError: the shapes differ or are not (systems, segments), a score is infinite,
            `swap` is unknown, or a number is below 1.
    """
    (scores, others), truth = _standardised(_stacked(first, second), human)
    method, blocks = _swaps(scores.shape, swap, permutations, seed)
    observed = float(statistic(scores, truth) - statistic(others, truth))

    def extreme(keep: Booleans) -> Booleans:
        swapped, swapped_others = np.where(keep, scores, others), np.where(keep, others, scores)
        return _as_large(statistic(swapped, truth) - statistic(swapped_others, truth), observed)

    p, tried, method = _p_value(map(extreme, blocks), method, stop_after)
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

    The same test as `compare`, by matrix products (see `pearson_permutation`); the same swaps
    serve all pairs. Scores that any metric or people lack are left out for all.

    Args:
        metrics: the metrics' scores, shape (metrics, systems, segments).
        human: the judgements, shape (systems, segments).
        grouping: which scores are compared with each other; r is averaged over the groups.
        swap: the unit that is swapped as a whole.
        permutations: the number to sample, if not all are tried.
        seed: the seed of the random swaps.

    Returns:
        The tests, each field of shape (metrics, metrics).

    Raises:
        ValueError: as `compare`, or `grouping` is unknown.
    """
    scores, truth = _standardised(np.asarray(metrics, dtype=np.float64), human)
    swapped = SwappedPearson(in_groups(scores, grouping), in_groups(truth, grouping))
    pairs = np.triu_indices(len(scores), 1)
    method, blocks = _swaps(truth.shape, swap, permutations, seed)

    def differences(keep: Booleans) -> Array:
        signs = np.broadcast_to(_signs(keep), (len(keep), *truth.shape))
        return swapped.differences(in_groups(signs, grouping), pairs)

    observed = differences(np.ones((1, 1, 1), dtype=bool))[:, 0]
    tests = _of_pairs(len(scores), observed, map(differences, blocks), np.ones(1), method)
    r = grouped(pearson, scores, truth, grouping).value  # exact, where `observed` is rounded
    difference = r[:, None] - r[None]
    np.fill_diagonal(difference, 0)
    return tests._replace(difference=difference)


def compare_systems(
    scores: ArrayLike, permutations: int = PERMUTATIONS, seed: int = SEED
) -> Permuted:
    """Test each system's mean against each other's, swapping their scores segment by segment.

    The paired permutation test (Fisher 1935; Noreen 1989). A segment on which one of two systems
    has no score (NaN) is left out for that pair. `kendall.soft_pairwise_accuracy` and
    `multiple_testing.clusters` take these p-values.

    Args:
        scores: shape (systems, segments).
        permutations: the number to sample, if not all are tried.
        seed: the seed of the random swaps; the same seed swaps the scores of two metrics alike.

    Returns:
        The tests, each field of shape (systems, systems).

    Raises:
        ValueError: the shape is not (systems, segments), or `permutations` is below 1.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"scores of shape {values.shape}; it must be (systems, segments)")
    i, j = np.triu_indices(len(values), 1)
    gaps = values[i] - values[j]
    n = (~np.isnan(gaps)).sum(axis=-1)
    gaps = np.nan_to_num(gaps) / np.where(n > 0, n, np.nan)[:, None]
    method, blocks = _swaps((1, values.shape[1]), "item", permutations, seed)
    drawn = (gaps @ _signs(keep[:, 0]).T for keep in blocks)
    # The tolerance for equal differences is relative to the largest possible one.
    size = np.abs(gaps).sum(axis=-1)
    return _of_pairs(len(values), gaps.sum(axis=-1), drawn, size, method)


def _stacked(first: ArrayLike, second: ArrayLike) -> Array:
    scores, others = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if scores.shape != others.shape:
        raise ValueError(f"metrics of shape {scores.shape} and {others.shape} cannot be compared")
    return np.stack([scores, others])


def _standardised(scores: Array, human: ArrayLike) -> tuple[Array, Array]:
    """Return metrics' scores with mean 0 and variance 1, and the judgements.

    Both are NaN where a metric's score or the judgement is missing.
    """
    truth = np.asarray(human, dtype=np.float64)
    if truth.ndim != 2 or scores.ndim != 3 or scores.shape[1:] != truth.shape:
        shapes = f"metrics of shape {scores.shape[1:]} for judgements of shape {truth.shape}"
        raise ValueError(f"{shapes}; all must be (systems, segments)")
    if np.isinf(scores).any() or np.isinf(truth).any():
        raise ValueError("a score is infinite; a missing score is NaN")
    present = ~(np.isnan(scores).any(axis=0) | np.isnan(truth))
    n = max(int(present.sum()), 1)
    known = np.where(present, scores, 0)
    deviation = np.where(present, known - known.sum(axis=(1, 2), keepdims=True) / n, 0)
    size = np.abs(known).max(axis=(1, 2), keepdims=True, initial=0)
    # Divided before they are squared: scores of 1e200 would overflow.
    unit = np.where(size > 0, size, 1)
    spread = unit * np.sqrt(((deviation / unit) ** 2).sum(axis=(1, 2), keepdims=True) / n)
    varies = spread > _CONSTANT * size
    standard = np.where(varies, deviation / np.where(varies, spread, 1), 0)
    return np.where(present, standard, np.nan), np.where(present, truth, np.nan)


def _swaps(
    shape: tuple[int, ...], swap: Unit, permutations: int, seed: int
) -> tuple[Method, Iterator[Booleans]]:
    """Return the method, and blocks of flags: True where a score is kept, False where swapped.

    Each block broadcasts with (permutations in it, systems, segments).
    """
    units = {"both": shape, "system": (shape[0], 1), "item": (1, shape[1])}
    if swap not in units:
        raise ValueError(f"no swap {swap!r}; there are {', '.join(units)}")
    if permutations < 1:
        raise ValueError(f"{permutations} permutations; it must be at least 1")
    n = units[swap][0] * units[swap][1]
    at_once = max(1, _AT_ONCE // max(shape[0] * shape[1], 1))
    # `_all` counts through the permutations with 64-bit integers.
    exact = n < 63 and 2**n <= max(EXACT_UP_TO, permutations)
    blocks = _all(n, at_once) if exact else _random(n, permutations, at_once, seed)
    return "exact" if exact else "sampled", (block.reshape(-1, *units[swap]) for block in blocks)


def _all(n: int, at_once: int) -> Iterator[Booleans]:
    """Yield all ways to keep or swap n units, each once: the binary digits of 0 to 2**n - 1."""
    for start in range(0, 2**n, at_once):
        numbers = np.arange(start, min(start + at_once, 2**n))
        yield (numbers[:, None] >> np.arange(n)) & 1 == 0


def _random(n: int, permutations: int, at_once: int, seed: int) -> Iterator[Booleans]:
    generator = np.random.default_rng(seed)
    for start in range(0, permutations, at_once):
        size = (min(at_once, permutations - start), n)
        yield generator.integers(0, 2, size, dtype=np.bool_)


def _signs(keep: Booleans) -> Array:
    return np.where(keep, 1.0, -1.0)


def _as_large(drawn: Array, observed: Array | float, size: Array | float = 1.0) -> Booleans:
    """Return which differences are at least the observed one; an undefined one counts as such.

    Counting it raises p, which is the safe side.
    """
    return np.asarray(~(drawn < observed - _SAME * size))


def _p_value(
    blocks: Iterator[Booleans], method: Method, stop_after: int | None
) -> tuple[float, int, Method]:
    """Return p, the number of permutations tried, and the method.

    Args:
        blocks: which differences are at least as large as the observed one.
        method: how the permutations were chosen.
        stop_after: see `compare`.
    """
    if stop_after is not None and stop_after < 1:
        raise ValueError(f"stop after {stop_after}; it must be at least 1")
    extreme = tried = 0
    for flags in blocks:
        counts = extreme + np.cumsum(flags)
        if method == "sampled" and stop_after is not None and counts[-1] >= stop_after:
            tried += int(np.searchsorted(counts, stop_after)) + 1
            return stop_after / tried, tried, "stopped early"
        extreme, tried = int(counts[-1]), tried + len(flags)
    # Among sampled permutations the observed order counts as one (Phipson & Smyth 2010); among
    # all of them it is there already.
    p = extreme / tried if method == "exact" else (extreme + 1) / (tried + 1)
    return p, tried, method


def _of_pairs(
    k: int, observed: Array, drawn: Iterable[Array], size: Array, method: Method
) -> Permuted:
    """Return the tests of all pairs i < j of k as matrices, with difference 0 on the diagonal.

    Args:
        k: the number of metrics or systems.
        observed: the observed differences, shape (pairs,).
        drawn: the differences after swaps, in blocks of shape (pairs, permutations in it).
        size: what the tolerance for equal differences is relative to, shape (pairs,) or (1,).
        method: how the permutations were chosen.
    """
    tried, above, below = 0, np.zeros(len(observed)), np.zeros(len(observed))
    for block in drawn:
        above += _as_large(block, observed[:, None], size[:, None]).sum(axis=-1)
        below += _as_large(-block, -observed[:, None], size[:, None]).sum(axis=-1)
        tried += block.shape[-1]
    unswapped = 0 if method == "exact" else 1  # see `_p_value`
    i, j = np.triu_indices(k, 1)
    difference, p = np.zeros((k, k)), np.ones((k, k))
    difference[i, j], difference[j, i] = observed, -observed
    for better, worse, count in ((i, j, above), (j, i, below)):
        share = (count + unswapped) / (tried + unswapped)
        p[better, worse] = np.where(np.isnan(observed), np.nan, share)
    return Permuted(difference, p, tried, method)
