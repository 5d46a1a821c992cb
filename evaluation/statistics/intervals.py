"""How far metrics agree with people, and how much better one is: 95% intervals by bootstrap."""

from collections.abc import Iterator
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.statistics.correlation import Statistic, known_mean
from evaluation.statistics.permutation import Unit
from evaluation.statistics.significance import RESAMPLES, SEED

Array = NDArray[np.float64]

_BOUNDS = (2.5, 97.5)
_AT_ONCE = 2**21  # scores drawn together


class Interval(NamedTuple):
    """How much better the first of two metrics is, with the 95% interval.

    `undefined` is how many resamples left nothing to compare, and were left out.
    """

    difference: float
    low: float
    high: float
    undefined: int


class Agreement(NamedTuple):
    """How far metrics agree with people, each field of shape (metrics,); the 95% interval.

    `undefined` is how many resamples left nothing to go by, and were left out.
    """

    value: Array
    low: Array
    high: Array
    undefined: NDArray[np.int64]


def bootstrap_difference(
    first: ArrayLike,
    second: ArrayLike,
    human: ArrayLike,
    statistic: Statistic,
    draw: Unit = "item",
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """Return how much better a metric agrees with people than another, with its interval.

    A percentile bootstrap, both metrics on the same draws (Deutsch, Dror & Roth 2021): of
    segments ("item"), of systems, or of both, which is as wide as it must be if other systems
    may come. A coefficient that ranks sees a segment drawn twice as a tie.

    Args:
        first: a metric's scores, shape (systems, segments).
        second: the other's.
        human: the judgements.
        statistic: see `correlation.segment_level` and `system_level`.
        draw: what is drawn with replacement.
        resamples: how many are drawn.
        seed: of the drawing.

    Raises:
        ValueError: the shapes differ or are not (systems, segments), there is no such `draw`,
            or no resamples are asked for.
    """
    one, other, truth = (np.asarray(x, dtype=np.float64) for x in (first, second, human))
    if truth.ndim != 2 or not one.shape == other.shape == truth.shape:
        shapes = f"{one.shape}, {other.shape} and {truth.shape}"
        raise ValueError(f"scores of shape {shapes}; all are (systems, segments)")
    found = [
        statistic(one[where], truth[where]) - statistic(other[where], truth[where])
        for where in _resamples(truth.shape, draw, resamples, seed)
    ]
    deltas = np.concatenate(found)
    known = deltas[~np.isnan(deltas)]
    low, high = np.percentile(known, _BOUNDS) if known.size else (np.nan, np.nan)
    observed = float(statistic(one, truth) - statistic(other, truth))
    return Interval(observed, float(low), float(high), len(deltas) - len(known))


def bootstrap_agreement(
    metrics: ArrayLike,
    human: ArrayLike,
    statistic: Statistic,
    draw: Unit = "item",
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Agreement:
    """Return how far each metric agrees with people, with its interval, all on the same draws.

    Args:
        metrics: their scores, shape (metrics, systems, segments).
        human: the judgements, shape (systems, segments).
        statistic: as `bootstrap_difference`, as are `draw`, `resamples` and `seed`.
        draw: what is drawn with replacement.
        resamples: how many are drawn.
        seed: of the drawing.

    Raises:
        ValueError: as `bootstrap_difference`.
    """
    scores, truth = np.asarray(metrics, dtype=np.float64), np.asarray(human, dtype=np.float64)
    if scores.ndim != 3 or truth.ndim != 2 or scores.shape[1:] != truth.shape:
        what = f"metrics of shape {scores.shape} for judgements of shape {truth.shape}"
        raise ValueError(f"{what}; they are (metrics, systems, segments) and (systems, segments)")
    blocks = [
        np.stack([statistic(one[where], truth[where]) for one in scores])
        for where in _resamples(truth.shape, draw, resamples, seed)
    ]
    value = np.array([statistic(one, truth) for one in scores])
    return Agreement(value, *interval(np.concatenate(blocks, axis=1)))


def bootstrap_items(each: ArrayLike, resamples: int = RESAMPLES, seed: int = SEED) -> Agreement:
    """Return the mean of figures that items have by themselves, with its interval.

    It is what `bootstrap_agreement` gives if it draws items of a statistic that groups by item,
    without reckoning each item anew wherever it is drawn.

    Args:
        each: by metric, the figure of each item, shape (metrics, items); NaN has none.
        resamples: how many are drawn, with replacement.
        seed: of the drawing.

    Raises:
        ValueError: no resamples are asked for.
    """
    found = np.asarray(each, dtype=np.float64)
    draws = [
        columns[:, 0] for _, columns in _resamples((1, found.shape[1]), "item", resamples, seed)
    ]
    means = np.concatenate([known_mean(found[:, where]) for where in draws], axis=1)
    return Agreement(known_mean(found), *interval(means))


def interval(found: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return the bounds of figures resampled, shape (metrics, resamples), and the undefined.

    As the last three fields of `Agreement`, each of shape (metrics,).
    """
    known = [one[~np.isnan(one)] for one in found]
    bounds = [np.percentile(one, _BOUNDS) if one.size else (np.nan, np.nan) for one in known]
    low, high = np.array(bounds).T
    return low, high, np.isnan(found).sum(axis=1)


def _resamples(
    shape: tuple[int, int], draw: Unit, resamples: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield indices as `_drawn`, as many at a time as the memory should hold."""
    if draw not in get_args(Unit) or resamples < 1:
        raise ValueError(f"{resamples} resamples of {draw!r}; it is 1 or more, of {get_args(Unit)}")
    generator = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // max(shape[0] * shape[1], 1))
    for done in range(0, resamples, at_once):
        yield _drawn(shape, draw, min(at_once, resamples - done), generator)


def _drawn(
    shape: tuple[int, int], draw: Unit, size: int, generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return indices that draw from scores of `shape`, for arrays (size, systems, segments)."""
    rows = np.arange(shape[0])[None, :, None]
    columns = np.arange(shape[1])[None, None, :]
    if draw != "item":
        rows = generator.integers(shape[0], size=(size, shape[0], 1))
    if draw != "system":
        columns = generator.integers(shape[1], size=(size, 1, shape[1]))
    return rows, columns
