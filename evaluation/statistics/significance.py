"""Bootstrap over segments for corpus scores (Efron 1979; Koehn 2004 for paired systems).

A corpus score such as F-beta is not a mean of segment scores but a function of counts summed
over segments. So segments are drawn with replacement, their counts summed, and the function
applied to the sums.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evaluation.types import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # imported by those who have sparse counts

Statistic = Callable[[Array], Array]
"""Maps sums of counts, shape (..., k), to figures, shape (...) or (..., several)."""

RESAMPLES = 1000
SEED = 20211107
_BOUNDS = (2.5, 97.5)
_MAX_DRAWS = 4_000_000  # segment numbers drawn at a time, which bounds the memory


class Interval(NamedTuple):
    """The 95% percentile interval of a statistic, in the shape the statistic has."""

    low: Array
    high: Array


class Difference(NamedTuple):
    """How much a statistic of one system exceeds another's on the same segments.

    `delta` with its 95% interval, and `p`, the two-sided probability of a difference at least
    as large if there were none.
    """

    delta: Array
    low: Array
    high: Array
    p: Array


def bootstrap(
    counts: Array, statistic: Statistic, resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """Return the 95% interval of `statistic` over segments with `counts`, shape (n, k).

    Raises:
        ValueError: there are no segments.
    """
    sums = np.concatenate(list(resampled_sums(counts, resamples, seed)))
    return Interval(*np.percentile(statistic(sums), _BOUNDS, axis=0))


def paired_difference(
    first: Array, second: Array, statistic: Statistic, resamples: int = RESAMPLES, seed: int = SEED
) -> Difference:
    """Compare two systems by their counts, each of shape (n, k), on the same n segments.

    Both are resampled alike. `p` is the share of resamples whose difference deviates from `delta`
    by at least `delta` (Riezler & Maxwell 2005). The observed data count as one resample, so
    that it is never 0.

    Raises:
        ValueError: there are no segments, or the shapes differ.
    """
    if first.shape != second.shape:
        raise ValueError(f"counts of shape {first.shape} and {second.shape} cannot be paired")
    both = np.concatenate([first, second], axis=1)
    k = first.shape[1]
    sums = np.concatenate(list(resampled_sums(both, resamples, seed)))
    deltas = statistic(sums[:, :k]) - statistic(sums[:, k:])
    delta = statistic(first.sum(axis=0)) - statistic(second.sum(axis=0))
    # The tolerance keeps rounding error from telling equal differences apart.
    extreme = np.abs(deltas - delta) >= np.abs(delta) - 1e-12
    low, high = np.percentile(deltas, _BOUNDS, axis=0)
    return Difference(delta, low, high, (extreme.sum(axis=0) + 1) / (resamples + 1))


def resampled_sums(counts: "Array | csr_array", resamples: int, seed: int) -> Iterator[Array]:
    """Yield the sums of `counts`, shape (n, k), over resamples of its segments, in blocks.

    Each block has the shape (resamples in it, k). The counts may be sparse.

    Raises:
        ValueError: there are no segments.
    """
    n = counts.shape[0]
    if n == 0:
        raise ValueError("an interval needs at least one segment")
    generator = np.random.default_rng(seed)
    at_once = max(1, _MAX_DRAWS // n)
    for done in range(0, resamples, at_once):
        size = min(at_once, resamples - done)
        # One `bincount` for all resamples of the block: each has its own range of n numbers.
        drawn = generator.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        yield times @ counts
