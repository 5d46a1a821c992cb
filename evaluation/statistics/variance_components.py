"""Variance components of incomplete ratings, and the reliability of the mean over raters.

A rating is a sum of independent parts with a variance each: the item, the rater (an offset:
harsh or lenient), and the residual. Henderson's method 3 (1953; Searle, Casella & McCulloch 1992,
chapter 5) estimates the variances without bias from three sums of squares, in time linear in the
ratings; for complete ratings it is the analysis of variance of Shrout & Fleiss (1979). An estimate
may lie below 0 by chance.
"""

from typing import NamedTuple

import numpy as np

from evaluation.statistics.rater_offsets import GivenRatings, numbered
from evaluation.types import Array, Integers

_NAN = float("nan")
_ROUNDING = 1e-13  # a spread this small, beside the values themselves, is rounding error
_DRAWS = 40  # of noise, for the error of fitted offsets
_SEED = 0


class VarianceComponents(NamedTuple):
    """The variance of items, of raters' offsets and of the residual; NaN where undefined.

    `item` needs a rater of two items, `rater` an item with two raters; all need raters who share
    items in a circle, such as two raters of the same two items.
    """

    item: float
    rater: float
    residual: float


def variance_components(given: GivenRatings) -> VarianceComponents:
    """Return the variance components, by Henderson's method 3."""
    if not len(given.values):
        return VarianceComponents(_NAN, _NAN, _NAN)
    residual = _residual(given)
    return VarianceComponents(
        _mean_square(given.values, given.raters) - residual,
        _mean_square(given.values, given.items) - residual,
        residual,
    )


def reliability(
    given: GivenRatings, groups: Integers | None = None, centred: bool = False
) -> float:
    """Return the squared correlation of the means over raters with the true values of items.

    It is 1 minus the variance of error over that of the means. A rater's offset is error as far
    as it differs between items: not at all where every rater rates every item (consistency,
    ICC(3,k)), divided by the number of ratings where each rates a small part. NaN if the data do
    not define it: the means do not vary, no item has two ratings, or raters share too few items.
    Which raters an item has is taken for chance, and their scales for alike.

    Args:
        given: the ratings.
        groups: the group of each item, shape (items,), where items are compared within their
            group only; a rater then has an offset in each group.
        centred: whether the raters' offsets by least squares (`GivenRatings.offsets`) have been
            subtracted: then the error of these estimates takes their place.
    """
    if not len(given.values):
        return _NAN
    groups = np.zeros(len(given.per_item), dtype=np.int64) if groups is None else numbered(groups)
    given = _scaled(given)
    spread = _squares(given.item_means(given.values), groups)
    if spread <= _ROUNDING * len(groups):
        return _NAN
    lost = len(given.per_rater) - given.n_components if centred else 0
    within_items = _mean_square(given.values, given.items, lost)
    error = _error(given, groups, within_items)
    if lost:
        error += within_items * _spread_of_fitted(given, groups)
    return 1 - error / spread


def _error(given: GivenRatings, groups: Integers, within_items: float) -> float:
    """Return the sum of squares of item means, within groups, that error makes expected.

    `within_items` is the variance of two ratings of an item: that of offset and residual. Items
    that share a rater share the offset, which is not error between them; `shared` counts it.
    """
    cells = given.within(groups)
    inverse = 1 / cells.per_item
    size = np.bincount(groups)
    per_group = np.bincount(groups, inverse)
    weights = np.bincount(cells.raters, inverse[cells.items])
    rater_group = np.zeros(len(weights), dtype=np.int64)
    rater_group[cells.raters] = groups[cells.items]
    both = float(per_group @ ((size - 1) / size))
    shared = float((weights**2 / size[rater_group]).sum() - (per_group / size).sum())
    if shared <= _ROUNDING * len(groups):
        return both * within_items
    residual = _residual(cells)
    if np.isnan(residual):
        # Too few items of a group share raters; then each rater has one offset in all groups.
        residual = _residual(given)
    return both * within_items - shared * (within_items - residual)


def _spread_of_fitted(given: GivenRatings, groups: Integers) -> float:
    """Return the sum of squares of item means that offsets fitted to noise of variance 1 make."""
    generator = np.random.default_rng(_SEED)
    spreads = []
    for _ in range(_DRAWS):
        offsets = given.offsets(generator.normal(size=len(given.values)))
        spreads.append(_squares(given.item_means(offsets[given.raters]), groups))
    return float(np.mean(spreads))


def _residual(given: GivenRatings) -> float:
    """Return the mean square of what neither item nor rater explains."""
    rest = given.values - given.offsets(given.values)[given.raters]
    return _mean_square(rest, given.items, len(given.per_rater) - given.n_components)


def _mean_square(values: Array, labels: Integers, lost: int = 0) -> float:
    """Return the variance of values within labels, with `lost` fewer degrees of freedom."""
    n = np.bincount(labels)
    freedom = len(values) - len(n) - lost
    return _squares(values, labels) / freedom if freedom > 0 else _NAN


def _scaled(given: GivenRatings) -> GivenRatings:
    """Return the ratings around 0, at most 1 from it; all 0 if their differences are rounding."""
    size = float(np.abs(given.values).max())
    values = given.values - given.values.mean()
    largest = float(np.abs(values).max())
    scaled = values / largest if largest > _ROUNDING * size else np.zeros_like(values)
    return given._replace(values=scaled)


def _squares(values: Array, labels: Integers) -> float:
    deviation = values - (np.bincount(labels, values) / np.bincount(labels))[labels]
    return float(deviation @ deviation)
