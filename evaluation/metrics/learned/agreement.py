"""How well a learnt rating agrees with people on sentences it was not trained on."""

from collections.abc import Sequence
from math import nan

import numpy as np

from evaluation.metrics.learned.model import Rating
from evaluation.metrics.learned.probe import Example
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import spearman
from evaluation.statistics.significance import RESAMPLES, SEED, bootstrap
from evaluation.types import Array


def agreement(rating: Rating, examples: Sequence[Example]) -> list[Row]:
    """Return the rank correlation with the labels of `examples`, and a classifier's accuracy."""
    texts, labels = zip(*examples, strict=True)
    ratings, truth = rating.rate(texts), np.array(labels, dtype=np.float64)
    rows = [Row(rating.name, "segment", "Spearman", *rank_correlation(ratings, truth), len(truth))]
    if rating.kind == "classification":
        right = ((ratings > 0.5) == (truth > 0)).astype(np.float64)[:, None]
        low, high = bootstrap(right, lambda sums: sums[..., 0] / len(right))
        bounds = float(right.mean()), float(low), float(high)
        rows.append(Row(rating.name, "segment", "accuracy", *bounds, len(truth)))
    return rows


def rank_correlation(one: Array, other: Array) -> tuple[float, float, float]:
    """Return Spearman's rank correlation with its 95% bootstrap interval; NaN of a constant."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return nan, nan, nan
    drawn = np.random.default_rng(SEED).integers(len(one), size=(RESAMPLES, len(one)))
    low, high = np.nanpercentile(spearman(one[drawn], other[drawn]), (2.5, 97.5))
    return float(spearman(one, other)), float(low), float(high)
