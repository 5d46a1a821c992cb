"""Every pair of metrics tested: p-values two-sided, and corrected as one family."""

from functools import partial
from typing import NamedTuple

import numpy as np

from evaluation.execution.workers import on_all_cores
from evaluation.meta_evaluation.aligned_scores import Sides
from evaluation.meta_evaluation.plan import COEFFICIENTS, Plan
from evaluation.statistics.correlation import Statistic, grouped, segment_level, system_level
from evaluation.statistics.multiple_testing import holm
from evaluation.statistics.permutation import Permuted, Unit, compare, compare_pearson
from evaluation.types import Array

_MUCH = 5_000_000
"""So many scores swapped for a pair of metrics are a second or so: a task for another core."""


class Tested(NamedTuple):
    """The p-values, shape (metrics, metrics), and how they were found.

    [i, j] says how sure i is better than j: 1 where it is no better, NaN where not tested.
    """

    p: Array
    method: str


def segment_tests(sides: Sides, plan: Plan) -> Tested:
    """Test at segment level, in the plan's first grouping, swapping every score for itself."""
    grouping, coefficient = plan.groupings[0], COEFFICIENTS[plan.segment]
    if plan.segment == "pearson":
        found = compare_pearson(
            sides.metrics, sides.human, grouping, "both", plan.permutations, plan.seed
        )
        p = _corrected(found.difference, np.minimum(2 * found.p, 1))
        return Tested(p, _said("both", {found.permutations}))
    values = grouped(coefficient, sides.metrics, sides.human, grouping).value
    return _each_pair(sides, values, segment_level(coefficient, grouping), "both", plan)


def system_tests(sides: Sides, plan: Plan) -> Tested:
    """Test at system level, swapping every score for itself; or systems, if each has but one."""
    statistic = system_level(COEFFICIENTS[plan.system])
    values = np.array([statistic(one, sides.human) for one in sides.metrics])
    return _each_pair(sides, values, statistic, "both" if sides.judged else "system", plan)


def _each_pair(sides: Sides, values: Array, statistic: Statistic, swap: Unit, plan: Plan) -> Tested:
    k = len(values)
    p, tried = np.full((k, k), np.nan), set()
    # The better first: the test is one-sided.
    pairs = [
        (i, j) if values[i] >= values[j] else (j, i)
        for i, j in zip(*np.triu_indices(k, 1), strict=True)
        if not np.isnan(values[[i, j]]).any()
    ]
    much = sides.human.size * plan.permutations >= _MUCH
    test = partial(_test, sides, statistic, swap, plan)
    for pair, found in zip(pairs, (on_all_cores if much else map)(test, pairs), strict=True):
        p[pair] = min(1.0, 2 * float(found.p))
        tried.add(found.permutations)
    return Tested(_corrected(values[:, None] - values[None], p), _said(swap, tried))


def _test(
    sides: Sides, statistic: Statistic, swap: Unit, plan: Plan, pair: tuple[int, int]
) -> Permuted:
    first, second = sides.metrics[list(pair)]
    return compare(first, second, sides.human, statistic, swap, plan.permutations, plan.seed)


def _corrected(difference: Array, p: Array) -> Array:
    unknown = np.isnan(difference)
    i, j = np.triu_indices(len(p), 1)
    first, second = np.where(difference[i, j] >= 0, i, j), np.where(difference[i, j] >= 0, j, i)
    corrected = np.where(unknown, np.nan, 1.0)
    corrected[first, second] = holm(p[first, second])
    np.fill_diagonal(corrected, 1)
    return corrected


def _said(swap: Unit, tried: set[int]) -> str:
    if not tried:
        return "not tested"
    how = "PERM-BOTH" if swap == "both" else "systems swapped"
    return f"{how}, {max(tried)} permutations, two-sided, Holm"
