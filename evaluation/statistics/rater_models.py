"""Models of raters: the treatment of ratings before the mean over raters is taken."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import polygamma
from scipy.stats import chi2

from evaluation.statistics.rater_offsets import GivenRatings, given_ratings
from evaluation.types import Array

RaterModel = Literal["mean", "centre", "standardise"]
"""How ratings are combined. `mean`: as they are. `centre`: without each rater's offset by least
squares (a harsh rater is raised). `standardise`: as z-scores of each rater's ratings, as at WMT
(Bojar et al. 2016)."""

_DIFFERENT = 0.5
_LEVEL = 0.001


def apply_rater_model(ratings: ArrayLike, model: RaterModel) -> Array:
    """Return ratings of the shape (raters, items) under a model, NaN where one is missing.

    `centre` subtracts the offsets of raters, and makes the mean of each component
    (`GivenRatings.components`) 0, as components cannot be compared; a component of one item says
    nothing, and its ratings become missing. `standardise` subtracts each rater's mean and divides
    by the standard deviation (n - 1); the ratings of a rater who gave fewer than two, or all the
    same, become missing.
    """
    values = np.array(ratings, dtype=np.float64)
    rated = ~np.isnan(values)
    if model == "mean" or not rated.any():
        return values
    given = given_ratings(values)
    values[rated] = _centred(given) if model == "centre" else _standardised(given)
    return values


def _centred(given: GivenRatings) -> Array:
    values = given.values - given.offsets(given.values)[given.raters]
    components = given.components[given.items]
    values -= (np.bincount(components, values) / np.bincount(components))[components]
    sizes = np.bincount(given.components)
    return np.where(sizes[components] > 1, values, np.nan)


def _standardised(given: GivenRatings) -> Array:
    deviations = given.values - given.rater_means(given.values)[given.raters]
    return deviations / rater_spreads(given)[given.raters]


def rater_spreads(given: GivenRatings) -> Array:
    """Return the standard deviation (n - 1) of each rater's ratings, shape (raters,).

    NaN for a rater who gave fewer than two ratings, or all the same.
    """
    order = np.argsort(given.raters, kind="stable")
    counts = given.per_rater
    starts = np.cumsum(counts) - counts
    values = given.values[order]
    varies = np.minimum.reduceat(values, starts) < np.maximum.reduceat(values, starts)
    deviations = given.values - given.rater_means(given.values)[given.raters]
    squares = np.bincount(given.raters, deviations**2)
    # Deviations that underflow, or come from rounding alone, are not a spread either.
    usable = varies & (squares > 0)
    return np.sqrt(np.where(usable, squares, np.nan) / np.where(usable, counts - 1, np.nan))


def scales_differ(given: GivenRatings) -> bool:
    """Return whether raters' standard deviations differ much, and beyond chance.

    Much: the standard deviation of their logarithms, without the part that chance explains, is
    above 0.5, as that of two raters of whom one spreads twice as wide. Beyond chance: by Cochran's
    test of homogeneity at the level .001, with the variance that a logarithm has if ratings are
    normal, polygamma(1, (n - 1) / 2) / 4.
    """
    if not len(given.values):
        return False
    spreads = rater_spreads(given)
    known = ~np.isnan(spreads)
    logs = np.log(spreads[known])
    if len(logs) < 2:
        return False
    chance = polygamma(1, (given.per_rater[known] - 1) / 2) / 4
    weights = 1 / chance
    deviations = logs - np.average(logs, weights=weights)
    homogeneity = float(weights @ deviations**2)
    # DerSimonian & Laird (1986): the variance between, by the method of moments.
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    between = (homogeneity - (len(logs) - 1)) / scale
    return bool(between > _DIFFERENT**2 and homogeneity > chi2.isf(_LEVEL, len(logs) - 1))
