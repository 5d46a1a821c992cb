"""Does a probability mean what it says: of what is given 70%, is 70% right?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
_Z = 1.959964  # the normal quantile of a 95% interval


class Bins(NamedTuple):
    """Predictions gathered by probability, each field of shape (bins,); NaN where n is 0.

    `probability` is the mean said, `rate` the share that was right, with its 95% interval.
    """

    n: NDArray[np.int64]
    probability: Array
    rate: Array
    low: Array
    high: Array


def reliability(probability: ArrayLike, right: ArrayLike, bins: int = 10) -> Bins:
    """Gather predictions in `bins` equally wide bins, each holding its lower edge.

    The interval of a rate is Wilson's (1927), which few predictions do not break.

    Args:
        probability: what was said of each prediction, shape (n,), in [0, 1].
        right: whether it was right, shape (n,), booleans or 0 and 1.
        bins: how many.

    Raises:
        ValueError: there are no predictions or no bins, the shapes differ, a probability is
            missing or outside [0, 1], or `right` is neither 0 nor 1.
    """
    said, true = _checked(probability, right, bins)
    # The edges rather than `said * bins`, which rounds some edges into the bin below.
    where = np.digitize(said, np.linspace(0, 1, bins + 1)[1:-1])
    n = np.bincount(where, minlength=bins)
    some = np.where(n > 0, n, np.nan)
    rate = np.bincount(where, true, bins) / some
    return Bins(n, np.bincount(where, said, bins) / some, rate, *_wilson(rate, some))


def calibration_error(probability: ArrayLike, right: ArrayLike, bins: int = 10) -> float:
    """Return the expected calibration error (Naeini et al. 2015), in [0, 1]; 0 is perfect.

    It is the distance between probability and rate in each bin, weighted by the bin's share
    of the predictions. The arguments and errors are those of `reliability`.
    """
    found = reliability(probability, right, bins)
    gaps = np.abs(found.rate - found.probability)
    return float(np.nansum(gaps * found.n) / found.n.sum())


def _checked(probability: ArrayLike, right: ArrayLike, bins: int) -> tuple[Array, Array]:
    said, true = np.asarray(probability, dtype=float), np.asarray(right, dtype=float)
    if said.ndim != 1 or said.shape != true.shape:
        raise ValueError(f"probabilities {said.shape} do not match outcomes {true.shape}")
    if said.size == 0 or bins < 1:
        raise ValueError("calibration needs at least one prediction and one bin")
    if not ((said >= 0) & (said <= 1)).all():
        raise ValueError("a probability is missing or outside [0, 1]")
    if not np.isin(true, (0, 1)).all():
        raise ValueError("an outcome is neither right (1) nor wrong (0)")
    return said, true


def _wilson(rate: Array, n: Array) -> tuple[Array, Array]:
    centre = rate + _Z**2 / (2 * n)
    half = _Z * np.sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n**2))
    scale = 1 + _Z**2 / n
    return (centre - half) / scale, (centre + half) / scale
