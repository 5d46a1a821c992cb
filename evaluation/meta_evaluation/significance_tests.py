"""Tests every pair of metrics; the p-values are two-sided and corrected as one family."""

from functools import partial
from typing import NamedTuple

import numpy as np

from evaluation.execution.workers import map_tasks
from evaluation.meta_evaluation.aligned_scores import AlignedScores
from evaluation.meta_evaluation.coefficients import coefficient, on_segments
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.statistics.correlation import Statistic, system_level
from evaluation.statistics.multiple_testing import holm
from evaluation.statistics.permutation import (
    Permuted,
    Unit,
    compare,
    compare_pearson,
    compare_systems,
)
from evaluation.types import Array

_WORTH_A_PROCESS = 5_000_000
"""Number of scores swapped for a pair of metrics above which worker processes pay off (1 s)."""


class PairwiseTests(NamedTuple):
    """The p-values, shape (metrics, metrics), and the name of the test.

    [i, j] is the p-value of i being better than j: 1 where it is not better, NaN where not
    tested.
    """

    p: Array
    method: str


def segment_tests(aligned: AlignedScores, options: MetaEvaluationOptions) -> PairwiseTests:
    """Test at segment level, in the first of the groupings, swapping each score by itself."""
    grouping = options.groupings[0]
    if options.segment == "pearson":
        tests = compare_pearson(
            aligned.metrics, aligned.human, grouping, "both", options.permutations, options.seed
        )
        p = _corrected(tests.difference, np.minimum(2 * tests.p, 1))
        return PairwiseTests(p, _method("both", {tests.permutations}))
    statistic = on_segments(options.segment, grouping, options.margin)
    values = statistic(aligned.metrics, aligned.human)
    return _each_pair(aligned, values, statistic, "both", options)


def system_tests(aligned: AlignedScores, options: MetaEvaluationOptions) -> PairwiseTests:
    """Test at system level, swapping each score by itself, or systems if they have one score."""
    statistic = system_level(coefficient(options.system))
    values = np.array([statistic(scores, aligned.human) for scores in aligned.metrics])
    swap: Unit = "both" if aligned.segments_judged else "system"
    return _each_pair(aligned, values, statistic, swap, options)


def preference_tests(agreed: Array, options: MetaEvaluationOptions) -> PairwiseTests:
    """Test how often metrics order pairs as people do, swapping all pairs of a segment together.

    Args:
        agreed: pairs ordered alike less pairs ordered otherwise, shape (metrics, segments).
        options: the permutations and their seed.
    """
    tests = compare_systems(agreed, options.permutations, options.seed)
    p = _corrected(tests.difference, np.minimum(2 * tests.p, 1))
    method = f"segments swapped, {tests.permutations} permutations, two-sided, Holm"
    return PairwiseTests(p, method)


def _each_pair(
    aligned: AlignedScores,
    values: Array,
    statistic: Statistic,
    swap: Unit,
    options: MetaEvaluationOptions,
) -> PairwiseTests:
    k = len(values)
    p, tried = np.full((k, k), np.nan), set()
    # The better metric first, as the test is one-sided.
    pairs = [
        (i, j) if values[i] >= values[j] else (j, i)
        for i, j in zip(*np.triu_indices(k, 1), strict=True)
        if not np.isnan(values[[i, j]]).any()
    ]
    in_processes = aligned.human.size * options.permutations >= _WORTH_A_PROCESS
    test = partial(_test, aligned, statistic, swap, options)
    tests = (map_tasks if in_processes else map)(test, pairs)
    for pair, result in zip(pairs, tests, strict=True):
        p[pair] = min(1.0, 2 * float(result.p))
        tried.add(result.permutations)
    return PairwiseTests(_corrected(values[:, None] - values[None], p), _method(swap, tried))


def _test(
    aligned: AlignedScores,
    statistic: Statistic,
    swap: Unit,
    options: MetaEvaluationOptions,
    pair: tuple[int, int],
) -> Permuted:
    first, second = aligned.metrics[list(pair)]
    return compare(
        first, second, aligned.human, statistic, swap, options.permutations, options.seed
    )


def _corrected(difference: Array, p: Array) -> Array:
    """Return p-values by Holm of the better metric of each pair; 1 for the other one."""
    unknown = np.isnan(difference)
    i, j = np.triu_indices(len(p), 1)
    first, second = np.where(difference[i, j] >= 0, i, j), np.where(difference[i, j] >= 0, j, i)
    corrected = np.where(unknown, np.nan, 1.0)
    corrected[first, second] = holm(p[first, second])
    np.fill_diagonal(corrected, 1)
    return corrected


def _method(swap: Unit, tried: set[int]) -> str:
    if not tried:
        return "not tested"
    test = "PERM-BOTH" if swap == "both" else "systems swapped"
    return f"{test}, {max(tried)} permutations, two-sided, Holm"
