"""How far raters agree, and the ceiling that sets on any metric's correlation with them.

Ratings have the shape (raters, items): a judgement of one segment of one system is an item
(`values.reshape(raters, -1)` of `Judgements`), NaN where someone did not rate it. What the
data does not define is NaN.
"""

from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from evaluation.statistics.correlation import Coefficient, pearson

Array = NDArray[np.float64]

Level = Literal["nominal", "ordinal", "interval"]
"""What may be compared: whether values are the same, their order, or their distance."""


class Ceiling(NamedTuple):
    """What rater agreement leaves a metric to reach, by two estimates.

    `left_out`: the mean correlation of each rater with the mean of the others, as a metric in
    that rater's place would be held against them; `raters` is how many it is defined for.
    `reliability`: that of the mean of all raters, from the mean correlation of two raters
    stepped up by Spearman-Brown (1910) to how many rate an item on average; `root` is its
    square root, the most that anything can correlate with that mean (attenuation: Spearman
    1904). NaN where the reliability is negative.
    """

    left_out: float
    raters: int
    reliability: float
    root: float


def krippendorff(ratings: ArrayLike, level: Level) -> float:
    """Return Krippendorff's alpha (2011): 1 minus observed over expected disagreement.

    Any number of raters, missing ratings allowed; an item with fewer than two ratings counts
    for nothing. 1 is perfect, 0 chance; NaN if fewer than two different values are left.

    For distances, the sums over pairs of squared differences are those of variances, and the
    ordinal distance is that of the values' mean ranks: no matrix of coincidences is made.

    Raises:
        ValueError: the shape is not (raters, items), or there is no such level.
    """
    values = _checked(ratings)
    values = np.where((~np.isnan(values)).sum(axis=0) >= 2, values, np.nan)
    rated = ~np.isnan(values)
    kept = values[rated]
    n = len(kept)
    if n == 0:
        return float("nan")
    weight = 1 / np.maximum(rated.sum(axis=0) - 1, 1)
    if level == "nominal":
        codes = np.unique(kept, return_inverse=True)[1]
        items = np.nonzero(rated)[1]
        observed = float((_unlike(codes, items, values.shape[1]) * weight).sum() / n)
        expected = float(_unlike(codes, np.zeros_like(items), 1)[0] / (n * (n - 1)))
    elif level in ("ordinal", "interval"):
        kept = rankdata(kept) if level == "ordinal" else kept
        values[rated] = kept - kept.mean()
        observed = float((_apart(values) * weight).sum() / n)
        expected = float(_apart(values.reshape(-1, 1))[0] / (n * (n - 1)))
    else:
        raise ValueError(f"no level {level!r}; there are nominal, ordinal, interval")
    return 1 - observed / expected if expected > 0 else float("nan")


def fleiss_kappa(ratings: ArrayLike) -> float:
    """Return Fleiss' kappa (1971) of categories, raters taken for interchangeable.

    NaN if all ratings are the same.

    Raises:
        ValueError: the shape is not (raters, items), there are fewer than two raters or no
            items, or ratings are missing (`krippendorff` allows that).
    """
    values = _checked(ratings)
    k, n = values.shape
    if k < 2 or n == 0:
        raise ValueError(f"{k} raters of {n} items: kappa needs two raters and an item")
    if missing := int(np.isnan(values).sum()):
        raise ValueError(f"{missing} ratings are missing; Fleiss' kappa needs them all")
    codes = np.unique(values, return_inverse=True)[1].reshape(k, n)
    counts = (codes[None] == np.arange(codes.max() + 1)[:, None, None]).sum(axis=1)
    agreed = float((counts * (counts - 1)).sum(axis=0).mean() / (k * (k - 1)))
    chance = float((counts.mean(axis=1) / k) @ (counts.mean(axis=1) / k))
    return (agreed - chance) / (1 - chance) if chance < 1 else float("nan")


def cohen_kappa(ratings: ArrayLike, weights: Literal["linear", "quadratic"] | None = None) -> float:
    """Return Cohen's kappa (1960; weighted: 1968), the mean over pairs of raters.

    Each pair is held to the items both rated, by scikit-learn; pairs it is not defined for are
    left out. Weighted, categories count as equally far apart in the order of their values.

    Raises:
        ValueError: the shape is not (raters, items).
    """
    from sklearn.metrics import cohen_kappa_score

    found = []
    for one, other in combinations(_checked(ratings), 2):
        both = ~(np.isnan(one) | np.isnan(other))
        known, codes = np.unique([one[both], other[both]], return_inverse=True)
        if len(known) > 1:
            found.append(cohen_kappa_score(*codes.reshape(2, -1), weights=weights))
    return float(np.mean(found)) if found else float("nan")


def ceiling(ratings: ArrayLike, coefficient: Coefficient = pearson) -> Ceiling:
    """Return what the raters' agreement leaves any metric to reach; see `Ceiling`.

    Raises:
        ValueError: the shape is not (raters, items).
    """
    values = _checked(ratings)
    rated = ~np.isnan(values)
    n = rated.sum(axis=0) - rated
    others = (np.where(rated, values, 0).sum(axis=0) - np.where(rated, values, 0)) / np.where(
        n > 0, n, np.nan
    )
    alone = coefficient(values, others)
    pairs = np.array([coefficient(*pair) for pair in combinations(values, 2)])
    each = _mean(pairs)
    counted = rated.sum(axis=0)
    k = _mean(counted[counted > 0].astype(np.float64))
    reliability = k * each / (1 + (k - 1) * each) if 1 + (k - 1) * each > 0 else float("nan")
    root = float(np.sqrt(reliability)) if reliability >= 0 else float("nan")
    return Ceiling(_mean(alone), int((~np.isnan(alone)).sum()), reliability, root)


def _checked(ratings: ArrayLike) -> Array:
    values = np.array(ratings, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"ratings of shape {values.shape}; it is (raters, items)")
    return values


def _unlike(codes: NDArray[np.int64], items: NDArray[np.int64], n: int) -> Array:
    """Return how many ordered pairs of each item's ratings are unlike, shape (n,)."""
    _, where, times = np.unique(
        np.stack([items, codes]), axis=1, return_index=True, return_counts=True
    )
    alike = np.bincount(items[where], times.astype(np.float64) ** 2, minlength=n)
    return np.bincount(items, minlength=n).astype(np.float64) ** 2 - alike


def _apart(values: Array) -> Array:
    """Return the squared differences of all ordered pairs of each column's ratings, summed."""
    rated = ~np.isnan(values)
    m = rated.sum(axis=0)
    kept = np.where(rated, values, 0)
    from_mean = np.where(rated, kept - kept.sum(axis=0) / np.maximum(m, 1), 0)
    return np.asarray(2 * m * (from_mean**2).sum(axis=0))


def _mean(values: Array) -> float:
    """Return the mean of what is defined."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")
