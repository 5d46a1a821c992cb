"""Agreement of raters: Krippendorff's alpha, and the kappas of Fleiss and Cohen.

Ratings have the shape (raters, items), where an item is one segment of one system
(`values.reshape(raters, -1)` of `Judgements`), with NaN for a missing rating. A figure that the
data does not define is NaN.
"""

from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from evaluation.types import Array, Integers

Level = Literal["nominal", "ordinal", "interval"]
"""The scale of the ratings: categories, ordered categories, or numbers with distances."""


def krippendorff(ratings: ArrayLike, level: Level) -> float:
    """Return Krippendorff's alpha (2011): 1 minus observed over expected disagreement.

    Any number of raters, missing ratings allowed; an item with fewer than two ratings is
    ignored. 1 is perfect agreement, 0 chance; NaN if fewer than two different values are left.

    No matrix of coincidences is built: sums of squared differences over pairs follow from
    variances, and the ordinal distance is that of the values' mean ranks.

    Raises:
        ValueError: the shape is not (raters, items), or `level` is unknown.
    """
    values = _checked(ratings)
    values = np.where((~np.isnan(values)).sum(axis=0) >= 2, values, np.nan)
    rated = ~np.isnan(values)
    known = values[rated]
    n = len(known)
    if n == 0:
        return float("nan")
    # An item with m ratings has m (m - 1) ordered pairs and counts m times.
    weight = 1 / np.maximum(rated.sum(axis=0) - 1, 1)
    if level == "nominal":
        codes = np.unique(known, return_inverse=True)[1]
        items = np.nonzero(rated)[1]
        observed = float((_different_pairs(codes, items, values.shape[1]) * weight).sum() / n)
        expected = float(_different_pairs(codes, np.zeros_like(items), 1)[0] / (n * (n - 1)))
    elif level in ("ordinal", "interval"):
        known = rankdata(known) if level == "ordinal" else known
        values[rated] = known - known.mean()
        observed = float((_squared_differences(values) * weight).sum() / n)
        expected = float(_squared_differences(values.reshape(-1, 1))[0] / (n * (n - 1)))
    else:
        raise ValueError(f"no level {level!r}; there are nominal, ordinal, interval")
    return 1 - observed / expected if expected > 0 else float("nan")


def fleiss_kappa(ratings: ArrayLike) -> float:
    """Return Fleiss' kappa (1971) of categories, which treats raters as interchangeable.

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
        raise ValueError(f"{missing} ratings are missing; Fleiss' kappa needs all of them")
    codes = np.unique(values, return_inverse=True)[1].reshape(k, n)
    counts = (codes[None] == np.arange(codes.max() + 1)[:, None, None]).sum(axis=1)
    agreed = float((counts * (counts - 1)).sum(axis=0).mean() / (k * (k - 1)))
    chance = float((counts.mean(axis=1) / k) @ (counts.mean(axis=1) / k))
    return (agreed - chance) / (1 - chance) if chance < 1 else float("nan")


def cohen_kappa(ratings: ArrayLike, weights: Literal["linear", "quadratic"] | None = None) -> float:
    """Return Cohen's kappa (1960; weighted: 1968), the mean over pairs of raters.

    Computed by scikit-learn on the items that both raters of a pair rated; pairs for which it
    is not defined are left out. With weights, neighbouring categories, in the order of their
    values, count as equally far apart.

    Raises:
        ValueError: the shape is not (raters, items).
    """
    from sklearn.metrics import cohen_kappa_score

    kappas = []
    for first, second in combinations(_checked(ratings), 2):
        both = ~(np.isnan(first) | np.isnan(second))
        values, codes = np.unique([first[both], second[both]], return_inverse=True)
        if len(values) > 1:
            kappas.append(cohen_kappa_score(*codes.reshape(2, -1), weights=weights))
    return float(np.mean(kappas)) if kappas else float("nan")


def _checked(ratings: ArrayLike) -> Array:
    values = np.array(ratings, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"ratings of shape {values.shape}; it must be (raters, items)")
    return values


def _different_pairs(codes: Integers, items: Integers, n: int) -> Array:
    """Return the number of ordered pairs of different ratings of each item, shape (n,)."""
    _, first, times = np.unique(
        np.stack([items, codes]), axis=1, return_index=True, return_counts=True
    )
    equal = np.bincount(items[first], times.astype(np.float64) ** 2, minlength=n)
    return np.bincount(items, minlength=n).astype(np.float64) ** 2 - equal


def _squared_differences(values: Array) -> Array:
    """Return the sum of squared differences over all ordered pairs of each column's ratings."""
    rated = ~np.isnan(values)
    m = rated.sum(axis=0)
    known = np.where(rated, values, 0)
    deviation = np.where(rated, known - known.sum(axis=0) / np.maximum(m, 1), 0)
    return np.asarray(2 * m * (deviation**2).sum(axis=0))
