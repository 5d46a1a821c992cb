"""A judge's and people's preferences between two outputs, as scores of pairs of systems.

The system of a score is a pair such as `a over b`, names in alphabetical order: it is 1 where a was
preferred, 0 where b was, and 0.5 in a tie.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from evaluation.certificate.judge_scores import MOST_ITEMS, JudgeScores
from evaluation.data.judgements import Judgements
from evaluation.data.preference_tables import PreferenceColumns, read_preferences
from evaluation.data.preferences import Preferences
from evaluation.errors import InputError
from evaluation.records import DataError
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import pearson
from evaluation.statistics.kendall import kendall_b
from evaluation.statistics.preference_ranking import Effect, by_bradley_terry
from evaluation.types import Array, Booleans, Integers

_SHOWN = 20  # judges in an error


def judge_preferences(path: Path, name: str | None) -> Preferences:
    """Return the preferences of one judge.

    Raises:
        DataError: as `read_preferences`; or there are several judges and none is named.
    """
    preferences = read_preferences(path, rater=name)
    if len(preferences.raters) > 1:
        listed = ", ".join(preferences.raters[:_SHOWN])
        raise DataError(path, None, f"several judges; select one of {listed}")
    return preferences


def people_preferences(path: Path, rater: str | None) -> Preferences:
    """Return people's preferences; `rater` is the column of their names."""
    return read_preferences(path, PreferenceColumns(rater=rater))


def judge_scores(path: Path, preferences: Preferences) -> JudgeScores:
    """Return a judge's preferences as scores; the position is 1 where a was shown first.

    Raises:
        DataError: there are more than `MOST_ITEMS` pairs and segments.
    """
    pairs, pair, is_turned = _pairs(path, preferences)
    length = None
    if preferences.lengths is not None:
        longer = preferences.lengths[:, 0] - preferences.lengths[:, 1]
        length = np.where(is_turned, -longer, longer)
    return JudgeScores(
        judge=preferences.raters[0] or path.stem,
        systems=pairs,
        segments=preferences.segments,
        system=pair,
        segment=preferences.segment,
        score=(1 + _turned(preferences, is_turned)) / 2,
        position=np.where(is_turned, 2.0, 1.0) if preferences.has_positions else None,
        length=length,
    )


def people_scores(path: Path, preferences: Preferences) -> Judgements:
    """Return people's preferences as scores; where a rater contradicts himself, it is a tie.

    Raises:
        DataError: there are more than `MOST_ITEMS` raters, pairs and segments.
    """
    pairs, pair, is_turned = _pairs(path, preferences)
    shape = len(preferences.raters), len(pairs), len(preferences.segments)
    _check_size(path, int(np.prod(shape)))
    total, n = np.zeros(shape), np.zeros(shape)
    cells = preferences.rater, pair, preferences.segment
    np.add.at(total, cells, _turned(preferences, is_turned))
    np.add.at(n, cells, 1)
    values = np.where(n > 0, (1 + np.sign(total)) / 2, np.nan)
    return Judgements(preferences.raters, pairs, preferences.segments, values)


def strength_rows(judge: Preferences, people: Preferences, resamples: int) -> Iterator[Row]:
    """Yield shares of ties, effects and agreement on systems, by the model of Bradley-Terry.

    Effects of the judge are biases only so far as people do not have them. Nothing is said of
    systems where comparisons do not connect them.
    """
    name = judge.raters[0] or "judge"
    for of, preferences in ((name, judge), ("people", people)):
        ties = float((preferences.preferred == 0).mean())
        yield Row(of, "segment", "share of ties", ties, n=len(preferences))
    names = [system for system in judge.systems if system in people.systems]
    try:
        rankings = [by_bradley_terry(p.among(names), resamples) for p in (judge, people)]
    except InputError:
        return
    for of, ranking, n in zip((name, "people"), rankings, (len(judge), len(people)), strict=True):
        level = "bias" if ranking is rankings[0] else "segment"
        yield from _effect_row(of, level, "Elo of the first position", ranking.position, n)
        yield from _effect_row(of, level, "Elo of twice the length", ranking.length, n)
    scores = [ranking.standings.score for ranking in rankings]
    if len(names) > 2:
        for statistic, coefficient in (("pearson", pearson), ("kendall", kendall_b)):
            value = float(coefficient(*scores))
            yield Row(name, "system", f"Bradley-Terry, {statistic}", value, n=len(names))


def _effect_row(
    name: str, level: str, statistic: str, effect: Effect | None, n: int
) -> Iterator[Row]:
    if effect is None:
        return
    known = not np.isnan(effect.low)
    bounds = (effect.low, effect.high) if known else (None, None)
    yield Row(name, level, statistic, effect.value, bounds[0], bounds[1], n)


def _pairs(path: Path, preferences: Preferences) -> tuple[tuple[str, ...], Integers, Booleans]:
    """Return the names of pairs, the pair of each comparison, and whether b was shown first."""
    order = np.argsort(np.array(preferences.systems))
    rank = np.argsort(order)
    first, second = rank[preferences.first], rank[preferences.second]
    s = len(order)
    codes, pair = np.unique(
        np.minimum(first, second) * s + np.maximum(first, second), return_inverse=True
    )
    _check_size(path, len(codes) * len(preferences.segments))
    names = [preferences.systems[i] for i in order]
    pairs = tuple(f"{names[code // s]} over {names[code % s]}" for code in codes)
    return pairs, pair, first > second


def _check_size(path: Path, items: int) -> None:
    if items > MOST_ITEMS:
        fault = f"{items:,} pairs of systems on segments; the limit is {MOST_ITEMS:,}"
        raise DataError(path, None, fault, "too-large")


def _turned(preferences: Preferences, is_turned: Booleans) -> Array:
    preferred = preferences.preferred.astype(np.float64)
    return np.where(is_turned, -preferred, preferred)
