"""Reliability diagrams and expected calibration error of predicted probabilities."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evaluation.types import Array, Integers

_Z = 1.959964  # the normal quantile of a 95% interval


class Bins(NamedTuple):
    """Predictions grouped by probability, each field of shape (bins,); NaN where n is 0.

    `probability` is the mean predicted probability, `rate` the share of predictions that were
    right, `low` and `high` the 95% interval of the rate.
    """

    n: Integers
    probability: Array
    rate: Array
    low: Array
    high: Array


def reliability(probability: ArrayLike, right: ArrayLike, bins: int = 10) -> Bins:
    """Group predictions into `bins` equally wide bins; each includes its lower edge.

    The interval of a rate is Wilson's (1927), which stays valid for few predictions and for
    rates near 0 and 1.

    Args:
        probability: the probability of each prediction, shape (n,), in [0, 1].
        right: whether it was right, shape (n,), booleans or 0 and 1.
        bins: the number of bins.

    Raises:
        ValueError: there are no predictions or no bins, the shapes differ, a probability is
            missing or outside [0, 1], or `right` is neither 0 nor 1.
    """
    predicted, outcome = _checked(probability, right, bins)
    # The edges rather than `predicted * bins`, which rounds some edges into the bin below.
    bin_of = np.digitize(predicted, np.linspace(0, 1, bins + 1)[1:-1])
    n = np.bincount(bin_of, minlength=bins)
    # NaN instead of 0, so that the figures of an empty bin are NaN without a warning.
    size = np.where(n > 0, n, np.nan)
    rate = np.bincount(bin_of, outcome, bins) / size
    return Bins(n, np.bincount(bin_of, predicted, bins) / size, rate, *_wilson(rate, size))


def calibration_error(probability: ArrayLike, right: ArrayLike, bins: int = 10) -> float:
    """Return the expected calibration error (Naeini et al. 2015), in [0, 1]; 0 is perfect.

    It is the distance between probability and rate in each bin, weighted by the bin's share
    of the predictions. The arguments and errors are those of `reliability`.
    """
    binned = reliability(probability, right, bins)
    gaps = np.abs(binned.rate - binned.probability)
    return float(np.nansum(gaps * binned.n) / binned.n.sum())


def _checked(probability: ArrayLike, right: ArrayLike, bins: int) -> tuple[Array, Array]:
    predicted, outcome = np.asarray(probability, dtype=float), np.asarray(right, dtype=float)
    if predicted.ndim != 1 or predicted.shape != outcome.shape:
        raise ValueError(f"probabilities {predicted.shape} do not match outcomes {outcome.shape}")
    if predicted.size == 0 or bins < 1:
        raise ValueError("calibration needs at least one prediction and one bin")
    if not ((predicted >= 0) & (predicted <= 1)).all():
        raise ValueError("a probability is missing or outside [0, 1]")
    if not np.isin(outcome, (0, 1)).all():
        raise ValueError("an outcome is neither right (1) nor wrong (0)")
    return predicted, outcome


def _wilson(rate: Array, n: Array) -> tuple[Array, Array]:
    """Return the bounds of Wilson's score interval (1927) of a rate over n trials."""
    centre = rate + _Z**2 / (2 * n)
    half = _Z * np.sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n**2))
    scale = 1 + _Z**2 / n
    return (centre - half) / scale, (centre + half) / scale
