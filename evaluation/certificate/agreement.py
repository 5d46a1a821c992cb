"""How far a judge agrees with people, with itself, and with people as they do with each other."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from evaluation.certificate.options import Compared, Options
from evaluation.errors import InputError
from evaluation.reporting.table import Row
from evaluation.statistics.alt_test import Alignment, AltTest, alt_test
from evaluation.statistics.correlation import pearson, segment_level, spearman
from evaluation.statistics.intervals import bootstrap_agreement, interval
from evaluation.statistics.kendall import kendall_b
from evaluation.statistics.rater_agreement import Level, krippendorff
from evaluation.statistics.significance import bootstrap
from evaluation.types import Array, Integers

COEFFICIENTS = {"pearson": pearson, "spearman": spearman, "kendall": kendall_b}
FEWEST_SEGMENTS = 12
"""Segments below which a bootstrap interval is too narrow (`python -m benchmarks.coverage`)."""


def tested(scores: Compared, options: Options) -> AltTest | str:
    """Return the alternative annotator test, or a sentence on why it says nothing."""
    human = scores.matched.human.reshape(len(scores.matched.raters), -1)
    alignment: Alignment = "rmse" if scores.categories is None else "accuracy"
    try:
        test = alt_test(scores.judge.ravel(), human, alignment, options.epsilon)
    except InputError as error:
        if error.code == "out-of-range":
            return str(error)
        raise
    return test if scores.categories is not None else (_other_scale(scores) or test)


def undefined(scores: Compared) -> str | None:
    """Return why no coefficient of the judge and people is defined, `None` where they are."""
    judge, people = scores.judge[scores.rated], scores.consensus[scores.rated]
    if len(judge) < 2:
        return "fewer than two items have a score and a label"
    if np.ptp(judge) == 0:
        return "the judge scores all items alike"
    return "people score all items alike" if np.ptp(people) == 0 else None


def agreement_rows(scores: Compared, options: Options) -> Iterator[Row]:
    """Yield the agreement with people, with intervals over segments."""
    name = scores.matched.scores.judge
    n, segments = int(scores.rated.sum()), scores.labelled
    if scores.categories is not None:
        counts = _confusions(scores, scores.categories)
        for statistic, measure in (("accuracy", _accuracy), ("Cohen's kappa", _kappa)):
            bounds = bootstrap(counts, measure, options.resamples, options.seed)
            value = float(measure(counts.sum(axis=0)))
            low, high = float(bounds.low), float(bounds.high)
            yield _row(name, statistic, (value, low, high), n, len(counts))
        return
    for statistic, coefficient in COEFFICIENTS.items():
        grouped = segment_level(coefficient, "none")
        figures = bootstrap_agreement(
            scores.judge[None, :, segments],
            scores.consensus[:, segments],
            grouped,
            "item",
            options.resamples,
            options.seed,
        )
        bounds_of = float(figures.value[0]), float(figures.low[0]), float(figures.high[0])
        yield _row(name, statistic, bounds_of, n, int(segments.sum()))


def self_agreement_rows(scores: Compared, options: Options) -> Iterator[Row]:
    """Yield Krippendorff's alpha over repeats and over raters, where there are several."""
    level: Level = "interval" if scores.categories is None else "nominal"
    repeats = scores.matched.scores.repeats()
    given = {"alpha of its repeats": (scores.matched.scores.judge, repeats)}
    given["alpha of the annotators"] = ("people", scores.matched.human)
    for statistic, (name, ratings) in given.items():
        twice = (~np.isnan(ratings)).sum(axis=0) > 1
        if twice.any():
            alpha = partial(_alpha, ratings[:, :, twice.any(axis=0)], level)
            n = int(twice.sum())
            yield _row(name, statistic, alpha(options), n, int(twice.any(axis=0).sum()))


def _alpha(ratings: Array, level: Level, options: Options) -> tuple[float, float, float]:
    """Return alpha and its interval over segments, of ratings (raters, systems, segments)."""
    generator = np.random.default_rng(options.seed)
    n = ratings.shape[2]
    drawn = [generator.integers(n, size=n) for _ in range(options.resamples)]
    alphas = [_flat_alpha(ratings[:, :, segments], level) for segments in drawn]
    low, high, *_ = interval(np.array([alphas]), n)
    return _flat_alpha(ratings, level), float(low[0]), float(high[0])


def _flat_alpha(ratings: Array, level: Level) -> float:
    return krippendorff(ratings.reshape(len(ratings), -1), level)


def _row(
    name: str, statistic: str, figures: tuple[float, float, float], n: int, segments: int
) -> Row:
    value, low, high = figures
    if segments < FEWEST_SEGMENTS or np.isnan(figures).any():
        return Row(name, "segment", statistic, value, n=n)
    return Row(name, "segment", statistic, value, low, high, n)


def _other_scale(scores: Compared) -> str | None:
    """Return that the judge's scores of items with labels exceed the range of people's."""
    table, human = scores.matched.scores, scores.matched.human
    given = table.score[scores.rated.ravel()[table.item]]
    low, high = np.nanmin(human), np.nanmax(human)
    if given.min() >= low and given.max() <= high:
        return None
    ranges = (
        f"{given.min():g} to {given.max():g}, exceed the range of people's, {low:g} to {high:g}"
    )
    return f"the judge's scores, {ranges}, so that distances mean little"


def _confusions(scores: Compared, categories: Array) -> Array:
    """Return how often each pair of categories occurs, by segment with labels: (n, K * K)."""
    size = len(categories)
    rated = scores.rated
    rows = np.where(rated, np.searchsorted(categories, scores.judge), 0)
    columns = np.where(rated, np.searchsorted(categories, scores.consensus), 0)
    cells: Integers = rows * size + columns
    counts = np.stack([((cells == cell) & rated).sum(axis=0) for cell in range(size**2)], axis=1)
    return counts[scores.labelled].astype(np.float64)


def _tables(counts: Array) -> Array:
    """Return sums of counts (..., K * K) as shares, shape (..., K, K)."""
    size = round(counts.shape[-1] ** 0.5)
    table = counts.reshape(*counts.shape[:-1], size, size)
    return np.asarray(table / table.sum(axis=(-2, -1), keepdims=True))


def _accuracy(counts: Array) -> Array:
    return np.asarray(np.trace(_tables(counts), axis1=-2, axis2=-1))


def _kappa(counts: Array) -> Array:
    """Return Cohen's kappa (1960) of counts of pairs; 0 where only one category occurs."""
    shares = _tables(counts)
    observed = np.trace(shares, axis1=-2, axis2=-1)
    chance = (shares.sum(axis=-1) * shares.sum(axis=-2)).sum(axis=-1)
    room = 1 - chance
    return np.where(room > 1e-12, (observed - chance) / np.where(room > 1e-12, room, 1), 0.0)
