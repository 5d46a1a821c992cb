"""What many comparisons of metrics amount to, and what few data can tell.

The tests that need no assumption are in `permutation`, the intervals beside them in
`intervals`; here are a test by formula, corrections for many tests, clusters, and a warning
of too few data.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import false_discovery_control, norm
from scipy.stats import t as student

Array = NDArray[np.float64]


class Williams(NamedTuple):
    """Williams' t, and the one-sided `p` of so large a one if neither correlates more."""

    t: Array
    p: Array


def williams(first: ArrayLike, second: ArrayLike, between: ArrayLike, n: ArrayLike) -> Williams:
    """Test whether a metric's Pearson r with people exceeds another's (Williams 1959).

    Valid where the n observations are independent and the three scores about normal together:
    system scores of unrelated systems (Graham & Baldwin 2014). It is not for segments of
    several systems pooled, which are not independent, nor for rank correlations, nor where a
    few outlying systems make the correlation; there, `permutation.compare` is.

    Args:
        first: r of the first metric with people.
        second: r of the second with people.
        between: r of the two metrics.
        n: how many observations all three rest on.

    Returns:
        t with n - 3 degrees of freedom and p, NaN where n is below 4 or the r cannot be of one
        set of data.
    """
    r12, r13, r23, size = np.broadcast_arrays(
        *(np.asarray(x, dtype=np.float64) for x in (first, second, between, n))
    )
    free = np.where(size > 3, size - 3, np.nan)
    k = 1 - r12**2 - r13**2 - r23**2 + 2 * r12 * r13 * r23
    # The determinant of the correlations: below 0, no data have them.
    k = np.where(k < -1e-12, np.nan, np.maximum(k, 0))
    below = 2 * k * (size - 1) / free + (r12 + r13) ** 2 / 4 * (1 - r23) ** 3
    above = np.sqrt((size - 1) * (1 + r23))
    same = below == 0
    t = np.where(same, 0, (r12 - r13) * above / np.sqrt(np.where(same, 1, below)))
    t = np.where(np.isnan(free), np.nan, t)
    p = np.where(r12 == r13, np.where(np.isnan(t), np.nan, 0.5), student.sf(t, free))
    return Williams(np.asarray(t), np.asarray(p))


def smallest_difference(
    n: int, correlation: float, between: float, power: float = 0.5, level: float = 0.05
) -> float:
    """Return the smallest difference in Pearson's r that n observations can tell.

    That is how far below `correlation` another metric's r must be for Williams' test, two-sided
    at `level`, to call it different with a probability of about `power`: with .5, how large an
    observed difference must be. `inf` if none is told apart whatever the other metric's r, as
    always with three systems.

    Args:
        n: how many systems (or independent segments) there are.
        correlation: r of the better metric with people.
        between: r of the two metrics.
        power: the chance to find it that is asked for.
        level: the chance to find a difference where there is none.

    Raises:
        ValueError: a correlation is not in (-1, 1), or a probability not in (0, 1).
    """
    if not (abs(correlation) < 1 and abs(between) < 1 and 0 < power < 1 and 0 < level < 1):
        raise ValueError("correlations are within (-1, 1), probabilities within (0, 1)")
    if n < 4:
        return float("inf")
    needed = float(student.isf(level / 2, n - 3) + norm.ppf(power))

    def lacking(difference: float) -> float:
        return needed - float(williams(correlation, correlation - difference, between, n).t)

    # The highest and the least r that go with the other two.
    room = np.sqrt((1 - correlation**2) * (1 - between**2))
    least = max(0.0, correlation - (correlation * between + room))
    most = correlation - (correlation * between - room)
    if needed <= 0 or lacking(least) <= 0:
        return float(least)
    return float(brentq(lacking, least, most)) if lacking(most) < 0 else float("inf")


def holm(p: ArrayLike) -> Array:
    """Return p-values corrected so that one in 20 families has a false finding (Holm 1979).

    Of any shape, one family; NaN is a test that was not made.
    """
    values = np.asarray(p, dtype=np.float64)
    made = ~np.isnan(values)
    given = values[made]
    order = np.argsort(given)
    steps = given[order] * np.arange(len(given), 0, -1)
    corrected = np.full(values.shape, np.nan)
    found = np.empty(len(given))
    found[order] = np.minimum(np.maximum.accumulate(steps), 1)
    corrected[made] = found
    return corrected


def benjamini_hochberg(p: ArrayLike) -> Array:
    """Return p-values corrected so that one in 20 findings is false (Benjamini & Hochberg 1995).

    Of any shape, one family; NaN is a test that was not made.
    """
    values = np.asarray(p, dtype=np.float64)
    made = ~np.isnan(values)
    corrected = np.full(values.shape, np.nan)
    if made.any():
        corrected[made] = false_discovery_control(values[made])
    return corrected


def clusters(scores: ArrayLike, p: ArrayLike, level: float = 0.05) -> NDArray[np.int64]:
    """Return each one's cluster, shape (k,), from 1, the best, as the WMT findings draw lines.

    By score, a cluster ends where all above are significantly better than all below.

    Args:
        scores: of systems or metrics, shape (k,); one without a score (NaN) is last.
        p: one-sided, shape (k, k): [i, j] that i is better than j; NaN is not significant.
        level: what p must be below.

    Raises:
        ValueError: the shapes do not go together.
    """
    values, doubts = np.asarray(scores, dtype=np.float64), np.asarray(p, dtype=np.float64)
    k = len(values)
    if doubts.shape != (k, k):
        raise ValueError(f"p-values of shape {doubts.shape} for {k} scores")
    order = np.argsort(-values, kind="stable")
    sure = doubts[np.ix_(order, order)] < level
    ends = [bool(sure[:i, i:].all()) for i in range(1, k)]
    found = np.empty(k, dtype=np.int64)
    found[order] = 1 + np.cumsum([False, *ends])[:k]
    return found
