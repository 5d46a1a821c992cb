"""The ceiling that the agreement of raters sets on a metric's correlation with their mean."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evaluation.statistics.correlation import Coefficient, pearson
from evaluation.statistics.rater_offsets import GivenRatings, given_ratings, numbered
from evaluation.statistics.variance_components import reliability
from evaluation.types import Integers


class Ceiling(NamedTuple):
    """The highest correlation that rater agreement allows a metric, by two estimates.

    `left_out` is the correlation of each rater with the mean of the others, which is what a
    metric in that rater's place would reach: the mean over raters (and groups), weighted by
    their ratings. `raters` is the number of raters it is defined for. `reliability` is that of the
    mean over raters (`variance_components.reliability`) and `root` its square root, the maximum
    of any correlation with that mean (attenuation: Spearman 1904); NaN where the reliability is
    negative.

    The root bounds Pearson's r. For another coefficient the reliability is that of the ratings'
    ranks, as Spearman's rho is Pearson's r of ranks: the root bounds rho, and tau-b, which is
    nearly always smaller, only from afar.
    """

    left_out: float
    raters: int
    reliability: float
    root: float


def ceiling(
    ratings: ArrayLike,
    coefficient: Coefficient = pearson,
    groups: ArrayLike | None = None,
    centred: bool = False,
) -> Ceiling:
    """Return the highest correlation that the raters' agreement allows; see `Ceiling`.

    Args:
        ratings: shape (raters, items), NaN for a missing rating.
        coefficient: the one that metrics are compared by.
        groups: a number for the group of each item, shape (items,), where the coefficient is a
            mean over groups of items.
        centred: whether raters' offsets were subtracted (`rater_models`, `centre`).

    Raises:
        ValueError: the shape is not (raters, items), or `groups` does not fit it.
    """
    values = np.asarray(ratings, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"ratings of shape {values.shape}; it must be (raters, items)")
    n = values.shape[1]
    labels = np.zeros(n, dtype=np.int64) if groups is None else np.asarray(groups, dtype=np.int64)
    if len(labels) != n:
        raise ValueError(f"{len(labels)} groups of {n} items; each item has one")
    given = given_ratings(values)
    labels = numbered(labels[(~np.isnan(values)).any(axis=0)])
    left_out, raters = _left_out(given, coefficient, labels)
    compared = given if coefficient is pearson else _ranked(given, labels)
    found = reliability(compared, labels, centred)
    root = float(np.sqrt(found)) if found >= 0 else float("nan")
    return Ceiling(left_out, raters, found, root)


def _left_out(given: GivenRatings, coefficient: Coefficient, groups: Integers) -> tuple[float, int]:
    """Return the weighted mean correlation of raters with the others, and their number."""
    others = given.per_item[given.items] - 1
    several = others > 0
    total = np.bincount(given.items, given.values)[given.items]
    mean = (total - given.values)[several] / others[several]
    cells = given.within(groups).raters[several]
    values, raters = given.values[several], given.raters[several]
    summed, weight, defined = 0.0, 0, set[int]()
    for rows in _rows_of_equal_length(cells):
        r = coefficient(values[rows], mean[rows])
        known = ~np.isnan(r)
        summed += float(r[known].sum()) * rows.shape[1]
        weight += int(known.sum()) * rows.shape[1]
        defined.update(raters[rows[known, 0]].tolist())
    return summed / weight if weight else float("nan"), len(defined)


def _rows_of_equal_length(labels: Integers) -> Iterator[Integers]:
    """Yield the places of each label, as a row; one array for all labels of the same count."""
    order = np.argsort(labels, kind="stable")
    counts = np.unique(labels, return_counts=True)[1]
    starts = np.cumsum(counts) - counts
    for count in np.unique(counts):
        yield order[starts[counts == count][:, None] + np.arange(count)]


def _ranked(given: GivenRatings, groups: Integers) -> GivenRatings:
    """Return each rating's mean rank among those of its group, from 0 to 1."""
    keys = np.stack([groups[given.items], np.unique(given.values, return_inverse=True)[1]])
    (group, _), place, times = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    size = np.bincount(group, times)
    before = np.cumsum(times) - times - (np.cumsum(size) - size)[group]
    ranks = (before + times / 2) / size[group]
    return given._replace(values=np.asarray(ranks[place.reshape(-1)], dtype=np.float64))
