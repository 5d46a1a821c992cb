"""Bootstrap intervals (95%) of metrics' agreement with people and of differences in it.

They are expanded percentile intervals (Hesterberg 2015, section 5.3): percentile intervals that
are wider where few units were sampled, as Student's t is wider than the normal distribution.
Plain ones hold the truth in only 88% to 92% of samples of 8 systems (`benchmarks/coverage.py`).
"""

from collections.abc import Iterator
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, t

from evaluation.statistics.correlation import Statistic
from evaluation.statistics.permutation import Unit
from evaluation.statistics.significance import RESAMPLES, SEED
from evaluation.types import Array, Integers

_LEVEL = 0.05  # the share of samples whose interval misses the truth
_AT_ONCE = 2**21  # scores drawn together


class Interval(NamedTuple):
    """How much better the first of two metrics is, with the 95% interval.

    `undefined` is the number of resamples in which it is not defined; these are left out.
    """

    difference: float
    low: float
    high: float
    undefined: int


class Agreement(NamedTuple):
    """Metrics' agreement with people and its 95% interval, each field of shape (metrics,).

    `undefined` is the number of resamples in which it is not defined; these are left out.
    `family_low` is the lower bound of an interval so wide that those of all metrics hold together
    in 95% of samples (Bonferroni): of many metrics of noise, one has an interval above 0 by
    chance, but rarely such a bound.
    """

    value: Array
    low: Array
    high: Array
    undefined: Integers
    family_low: Array


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

    A bootstrap, both metrics on the same draws (Deutsch, Dror & Roth 2021): of segments
    ("item"), of systems, or of both, whose wider interval also holds for other systems than
    these. A coefficient that ranks sees a segment drawn twice as a tie.

    Args:
        first: a metric's scores, shape (systems, segments).
        second: the other metric's scores, of the same shape.
        human: the judgements, of the same shape.
        statistic: see `correlation.segment_level` and `system_level`.
        draw: the unit that is drawn with replacement.
        resamples: the number of resamples.
        seed: the seed of the random draws.

    Raises:
        ValueError: the shapes differ or are not (systems, segments), `draw` is unknown, or
            `resamples` is below 1.
    """
    scores, others, truth = (np.asarray(x, dtype=np.float64) for x in (first, second, human))
    if truth.ndim != 2 or not scores.shape == others.shape == truth.shape:
        shapes = f"{scores.shape}, {others.shape} and {truth.shape}"
        raise ValueError(f"scores of shape {shapes}; all must be (systems, segments)")
    blocks = [
        statistic(scores[drawn], truth[drawn]) - statistic(others[drawn], truth[drawn])
        for drawn in _resamples(truth.shape, draw, resamples, seed)
    ]
    deltas = np.concatenate(blocks)
    low, high, undefined, _ = interval(deltas[None], units_drawn(truth, draw))
    observed = float(statistic(scores, truth) - statistic(others, truth))
    return Interval(observed, float(low[0]), float(high[0]), int(undefined[0]))


def bootstrap_agreement(
    metrics: ArrayLike,
    human: ArrayLike,
    statistic: Statistic,
    draw: Unit = "item",
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Agreement:
    """Return each metric's agreement with people and its interval, all on the same draws.

    Args:
        metrics: the metrics' scores, shape (metrics, systems, segments).
        human: the judgements, shape (systems, segments).
        statistic: see `correlation.segment_level` and `system_level`.
        draw: the unit that is drawn with replacement, as in `bootstrap_difference`.
        resamples: the number of resamples.
        seed: the seed of the random draws.

    Raises:
        ValueError: as `bootstrap_difference`.
    """
    drawn = resampled_agreement(metrics, human, statistic, draw, resamples, seed)
    scores, truth = np.asarray(metrics, dtype=np.float64), np.asarray(human, dtype=np.float64)
    value = np.array([statistic(metric, truth) for metric in scores])
    return Agreement(value, *interval(drawn, units_drawn(truth, draw)))


def resampled_agreement(
    metrics: ArrayLike,
    human: ArrayLike,
    statistic: Statistic,
    draw: Unit,
    resamples: int,
    seed: int,
) -> Array:
    """Return each metric's agreement with people in each resample, shape (metrics, resamples).

    Arguments and errors are those of `bootstrap_agreement`.
    """
    scores, truth = np.asarray(metrics, dtype=np.float64), np.asarray(human, dtype=np.float64)
    if scores.ndim != 3 or truth.ndim != 2 or scores.shape[1:] != truth.shape:
        shapes = f"metrics of shape {scores.shape} for judgements of shape {truth.shape}"
        raise ValueError(
            f"{shapes}; they must be (metrics, systems, segments) and (systems, segments)"
        )
    blocks = [
        np.stack([statistic(metric[drawn], truth[drawn]) for metric in scores])
        for drawn in _resamples(truth.shape, draw, resamples, seed)
    ]
    return np.concatenate(blocks, axis=1)


def units_drawn(human: Array, draw: Unit) -> int:
    """Return how many units with a judgement are drawn; the fewer ones where both kinds are.

    Args:
        human: the judgements, shape (systems, segments), NaN where one is missing.
        draw: the unit that is drawn.
    """
    judged = ~np.isnan(human)
    segments, systems = int(judged.any(axis=0).sum()), int(judged.any(axis=1).sum())
    return {"item": segments, "system": systems, "both": min(segments, systems)}[draw]


def bootstrap_items(
    by_item: ArrayLike,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    weights: ArrayLike | None = None,
) -> Agreement:
    """Return the mean over items of a figure that each item has by itself, with its interval.

    The result is that of `bootstrap_agreement` with `draw="item"` and a statistic grouped by
    item, but no item is recomputed for every resample.

    Args:
        by_item: the figure of each item for each metric, shape (metrics, items); NaN if undefined.
        resamples: the number of resamples of the items.
        seed: the seed of the random draws.
        weights: the weight of each item in the mean, of the same shape; by default 1.

    Raises:
        ValueError: `resamples` is below 1.
    """
    figures = np.asarray(by_item, dtype=np.float64)
    weight = np.where(np.isnan(figures), 0, 1 if weights is None else np.asarray(weights))
    weighted = np.nan_to_num(figures) * weight
    draws = [
        columns[:, 0] for _, columns in _resamples((1, figures.shape[1]), "item", resamples, seed)
    ]
    means = np.concatenate(
        [_ratio(weighted[:, items].sum(axis=-1), weight[:, items].sum(axis=-1)) for items in draws],
        axis=1,
    )
    units = int((~np.isnan(figures)).any(axis=0).sum())
    value = _ratio(weighted.sum(axis=-1), weight.sum(axis=-1))
    return Agreement(value, *interval(means, units))


def _ratio(sums: Array, weights: Array) -> Array:
    """Return the weighted means, NaN without any weight."""
    return np.asarray(sums / np.where(weights > 0, weights, np.nan))


def interval(resampled: Array, units: int) -> tuple[Array, Array, Integers, Array]:
    """Return the 95% bounds of resampled figures, and how many of them are undefined (NaN).

    Args:
        resampled: shape (metrics, resamples).
        units: the number of units that resamples are drawn from.

    Returns:
        The last four fields of `Agreement`, each of shape (metrics,).
    """
    tail, family_tail = _tail(_LEVEL, units), _tail(_LEVEL / len(resampled), units)
    shares = (tail, 1 - tail, family_tail)
    known = [figures[~np.isnan(figures)] for figures in resampled]
    bounds = [
        np.quantile(figures, shares) if figures.size else (np.nan,) * len(shares)
        for figures in known
    ]
    low, high, family_low = np.array(bounds).T
    return low, high, np.isnan(resampled).sum(axis=1), family_low


def _tail(level: float, units: int) -> float:
    """Return the share of resamples that an expanded interval leaves out on each side."""
    if units < 2:
        return 0.0
    expansion = np.sqrt(units / (units - 1))  # a bootstrap's variance divides by n, not n - 1
    return float(norm.cdf(expansion * t.ppf(level / 2, units - 1)))


def _resamples(
    shape: tuple[int, int], draw: Unit, resamples: int, seed: int
) -> Iterator[tuple[Integers, Integers]]:
    """Yield the indices that `_drawn` returns, in blocks of bounded memory."""
    if draw not in get_args(Unit) or resamples < 1:
        raise ValueError(
            f"{resamples} resamples of {draw!r}; it must be 1 or more, of {get_args(Unit)}"
        )
    generator = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // max(shape[0] * shape[1], 1))
    for done in range(0, resamples, at_once):
        yield _drawn(shape, draw, min(at_once, resamples - done), generator)


def _drawn(
    shape: tuple[int, int], draw: Unit, size: int, generator: np.random.Generator
) -> tuple[Integers, Integers]:
    """Return row and column indices of `size` resamples of scores of shape `shape`.

    Together they index an array of that shape to one of shape (size, systems, segments).
    """
    rows = np.arange(shape[0])[None, :, None]
    columns = np.arange(shape[1])[None, None, :]
    if draw != "item":
        rows = generator.integers(shape[0], size=(size, shape[0], 1))
    if draw != "system":
        columns = generator.integers(shape[1], size=(size, 1, shape[1]))
    return rows, columns
