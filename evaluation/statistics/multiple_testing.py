"""Williams' test and its power, corrections for multiple testing, and significance clusters.

`permutation` has the tests that need no assumption about the scores, `intervals` the intervals.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import false_discovery_control, norm
from scipy.stats import t as student

from evaluation.types import Array, Integers


class Williams(NamedTuple):
    """Williams' t and its one-sided `p`: of a t at least as large if the correlations are equal."""

    t: Array
    p: Array


def williams(first: ArrayLike, second: ArrayLike, between: ArrayLike, n: ArrayLike) -> Williams:
    """Test whether a metric's Pearson r with people exceeds another's (Williams 1959).

    Valid where the n observations are independent and the three scores about normal together:
    system scores of unrelated systems (Graham & Baldwin 2014). It is not valid for pooled
    segments of several systems, which are not independent, nor for rank correlations, nor where
    a few outlying systems produce the correlation; use `permutation.compare` there.

    Args:
        first: r of the first metric with people.
        second: r of the second metric with people.
        between: r of the two metrics with each other.
        n: the number of observations that all three are computed from.

    Returns:
        t with n - 3 degrees of freedom, and p; NaN where n is below 4 or no data can have these
        three correlations.
    """
    r12, r13, r23, size = np.broadcast_arrays(
        *(np.asarray(x, dtype=np.float64) for x in (first, second, between, n))
    )
    free = np.where(size > 3, size - 3, np.nan)
    # The determinant of the correlation matrix: below 0, no data have these correlations.
    k = 1 - r12**2 - r13**2 - r23**2 + 2 * r12 * r13 * r23
    k = np.where(k < -1e-12, np.nan, np.maximum(k, 0))
    divisor = 2 * k * (size - 1) / free + (r12 + r13) ** 2 / 4 * (1 - r23) ** 3
    factor = np.sqrt((size - 1) * (1 + r23))
    same = divisor == 0
    t = np.where(same, 0, (r12 - r13) * factor / np.sqrt(np.where(same, 1, divisor)))
    t = np.where(np.isnan(free), np.nan, t)
    p = np.where(r12 == r13, np.where(np.isnan(t), np.nan, 0.5), student.sf(t, free))
    return Williams(np.asarray(t), np.asarray(p))


def smallest_difference(
    n: int, correlation: float, between: float, power: float = 0.5, level: float = 0.05
) -> float:
    """Return the smallest difference in Pearson's r that n observations can detect.

    That is how far below `correlation` another metric's r must be for Williams' test, two-sided
    at `level`, to call it different with a probability of about `power`; with a power of .5, how
    large an observed difference must be. `inf` if no difference can be detected, as always with
    three systems.

    Args:
        n: the number of systems (or independent segments).
        correlation: r of the better metric with people.
        between: r of the two metrics with each other.
        power: the wanted probability of detecting the difference.
        level: the probability of detecting a difference where there is none.

    Raises:
        ValueError: a correlation is not in (-1, 1), or a probability not in (0, 1).
    """
    if not (abs(correlation) < 1 and abs(between) < 1 and 0 < power < 1 and 0 < level < 1):
        raise ValueError("correlations must be within (-1, 1), probabilities within (0, 1)")
    if n < 4:
        return float("inf")
    needed = float(student.isf(level / 2, n - 3) + norm.ppf(power))

    def lacking(difference: float) -> float:
        return needed - float(williams(correlation, correlation - difference, between, n).t)

    # The other metric's r must keep the determinant of the correlation matrix at 0 or above.
    half_width = np.sqrt((1 - correlation**2) * (1 - between**2))
    smallest = max(0.0, correlation - (correlation * between + half_width))
    largest = correlation - (correlation * between - half_width)
    if needed <= 0 or lacking(smallest) <= 0:
        return float(smallest)
    return float(brentq(lacking, smallest, largest)) if lacking(largest) < 0 else float("inf")


def holm(p: ArrayLike) -> Array:
    """Return p-values corrected for the family-wise error rate (Holm 1979).

    At a level of .05, one in 20 families of tests has any false positive.

    Args:
        p: the p-values of one family, of any shape; NaN is a test that was not made.
    """
    values = np.asarray(p, dtype=np.float64)
    made = ~np.isnan(values)
    given = values[made]
    order = np.argsort(given)
    # The smallest of m is multiplied by m, the next by m - 1; none falls below one before it.
    steps = given[order] * np.arange(len(given), 0, -1)
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    corrected = np.full(values.shape, np.nan)
    corrected[made] = adjusted
    return corrected


def benjamini_hochberg(p: ArrayLike) -> Array:
    """Return p-values corrected for the false discovery rate (Benjamini & Hochberg 1995).

    At a level of .05, one in 20 of the significant tests is a false positive.

    Args:
        p: the p-values of one family, of any shape; NaN is a test that was not made.
    """
    values = np.asarray(p, dtype=np.float64)
    made = ~np.isnan(values)
    corrected = np.full(values.shape, np.nan)
    if made.any():
        corrected[made] = false_discovery_control(values[made])
    return corrected


def clusters(scores: ArrayLike, p: ArrayLike, level: float = 0.05) -> Integers:
    """Return the significance cluster of each score, shape (k,), counted from 1, the best.

    As the findings of WMT draw their lines: in the order of scores, a cluster ends where all
    above are significantly better than all below.

    Args:
        scores: of systems or metrics, shape (k,); those without a score (NaN) are last.
        p: one-sided, shape (k, k): [i, j] that i is better than j; NaN is not significant.
        level: p must be below it.

    Raises:
        ValueError: the shapes do not match.
    """
    values, p_values = np.asarray(scores, dtype=np.float64), np.asarray(p, dtype=np.float64)
    k = len(values)
    if p_values.shape != (k, k):
        raise ValueError(f"p-values of shape {p_values.shape} for {k} scores")
    order = np.argsort(-values, kind="stable")
    significant = p_values[np.ix_(order, order)] < level
    ends = [bool(significant[:i, i:].all()) for i in range(1, k)]
    cluster = np.empty(k, dtype=np.int64)
    cluster[order] = 1 + np.cumsum([False, *ends])[:k]
    return cluster
