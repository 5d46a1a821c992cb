"""A loss curve as rows of figures, with intervals over batches."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from ensemble.diagnosis.interpolation.interpolate import LossCurve
from ensemble.diagnosis.interpolation.shape import bump_width, monotone, statistics
from ensemble.types import Array
from evaluation.reporting.table import Row
from evaluation.statistics.significance import bootstrap

QUANTITIES = {"loss": 0, "error": 1}
"""The quantities measured, and their columns among the counts."""


def rows_of(name: str, curve: LossCurve, trained: bool) -> Iterator[Row]:
    """Yield the statistics of a curve, of its loss and its error, on each data.

    Args:
        name: of the curve, for the rows.
        curve: the measurements; points beyond the ends are ignored.
        trained: whether both ends are trained models; only then is there an instability.
    """
    inside = (curve.at >= 0) & (curve.at <= 1)
    at = curve.at[inside]
    for data, counts in curve.counts.items():
        for quantity, column in QUANTITIES.items():
            level = f"{quantity}, {data}"
            # A row a batch: its sums at each point, and its number of examples.
            batches = np.concatenate([counts[inside][..., column].T, counts[0, :, 2:]], axis=1)
            by_name = statistics(curve.at, trained)
            all_of = partial(_all, functions=list(by_name.values()))
            totals, bounds = batches.sum(axis=0), bootstrap(batches, all_of)
            for k, (statistic, value) in enumerate(zip(by_name, all_of(totals), strict=True)):
                low, high = float(bounds.low[k]), float(bounds.high[k])
                yield Row(name, level, statistic, float(value), low, high, int(totals[-1]))
            means = _means(totals)
            yield Row(name, level, "width of the bump", bump_width(at, means))
            yield Row(name, level, "monotone", float(monotone(means)))
    yield Row(name, "weights", "distance", curve.distance)
    yield Row(name, "outputs", "Gauss length", curve.gauss)


def _all(sums: Array, functions: Sequence[Callable[[Array], Array]]) -> Array:
    """Return all statistics of the means that `sums` make, shape (..., statistics)."""
    means = _means(sums)
    return np.stack([function(means) for function in functions], axis=-1)


def _means(sums: Array) -> Array:
    """Return the means at each point, (..., p), of sums with the number of examples, (..., p+1)."""
    return np.asarray(sums[..., :-1] / sums[..., -1:])
