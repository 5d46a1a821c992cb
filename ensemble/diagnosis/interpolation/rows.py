"""A walk as rows of figures, with intervals over batches."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from ensemble.diagnosis.interpolation.interpolate import Walk
from ensemble.diagnosis.interpolation.shape import bump_width, monotone, statistics
from ensemble.types import Array
from evaluation.reporting.table import Row
from evaluation.statistics.significance import bootstrap

QUANTITIES = {"loss": 0, "error": 1}
"""What is measured, and its column among the counts."""


def rows_of(name: str, found: Walk, trained: bool) -> Iterator[Row]:
    """Yield the statistics of a walk, on each data, of its loss and its error.

    Args:
        name: what the walk is called.
        found: what was measured; points beyond the ends do not count.
        trained: whether both ends are trained models; only then is there an instability.
    """
    inside = (found.at >= 0) & (found.at <= 1)
    at = found.at[inside]
    for data, counts in found.counts.items():
        for quantity, column in QUANTITIES.items():
            level = f"{quantity}, {data}"
            own = np.concatenate([counts[inside][..., column].T, counts[0, :, 2:]], axis=1)
            values = _means(own.sum(axis=0))
            of = statistics(found.at, trained)
            all_of = partial(_all, of=list(of.values()))
            n = int(own[:, -1].sum())
            bounds = bootstrap(own, all_of)
            for k, (statistic, value) in enumerate(zip(of, all_of(own.sum(axis=0)), strict=True)):
                low, high = float(bounds.low[k]), float(bounds.high[k])
                yield Row(name, level, statistic, float(value), low, high, n)
            yield Row(name, level, "width of the bump", bump_width(at, values))
            yield Row(name, level, "monotone", float(monotone(values)))
    yield Row(name, "weights", "distance", found.distance)
    yield Row(name, "outputs", "Gauss length", found.gauss)


def _all(sums: Array, of: Sequence[Callable[[Array], Array]]) -> Array:
    """Return all statistics of the means that `sums` make, shape (..., statistics)."""
    values = _means(sums)
    return np.stack([one(values) for one in of], axis=-1)


def _means(sums: Array) -> Array:
    """Return the means at each point, (..., p), of sums and how many they are of, (..., p + 1)."""
    return np.asarray(sums[..., :-1] / sums[..., -1:])
