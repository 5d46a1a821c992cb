"""Systems ranked by preferences: Bradley-Terry strengths with intervals, ranks and clusters.

Intervals come from resampling whole segments. The scale is Elo's: 400 points are odds of 10 to 1,
and the mean of the systems is 1000.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from evaluation.data.preferences import Preferences
from evaluation.statistics.bradley_terry import (
    Strengths,
    fit,
    information,
    parameters,
)
from evaluation.statistics.bradley_terry_resamples import resample_estimates
from evaluation.statistics.comparison_design import Design, always_ahead, design, identified
from evaluation.statistics.significance import RESAMPLES, SEED, resampled_sums
from evaluation.statistics.system_ranking import Standings, standings_of
from evaluation.types import Array

POINTS = float(400 / np.log(10))
"""Elo points of one unit of log odds."""

LEVEL = 1e-6 * POINTS
"""Elo points up to which strengths are level: differences of rounding."""

MEAN = 1000.0
"""The mean of the systems, in Elo points."""

FEWEST_SEGMENTS = 12
"""Segments below which intervals would be too narrow (`python -m benchmarks.coverage`)."""

_MOST_DRAWN = 2**26  # comparisons in all resamples, above which there are fewer resamples
_LEAST_RESAMPLES = 100
_EMPTY = (
    "no interval where every resample gives the same figure: "
    "the half win and half loss decide it, not the data"
)
_BOUNDS = (2.5, 97.5)


class Effect(NamedTuple):
    """The effect of position or length in Elo points, with its 95% interval (NaN: unknown)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Ranking:
    """Standings of systems in Elo points, the estimates behind them, and the two effects.

    `shares`, shape (s,), are shares of wins, ties counting half, with bounds `shares_low` and
    `shares_high`. `position` is what the first position adds; `length` what an output twice as
    long as the other gains. They are None where they are not estimated. Without enough segments,
    intervals are NaN, and all systems are one cluster. An interval is also NaN where
    likelihood alone has no maximum and all resamples give the same figure.
    """

    standings: Standings
    estimates: Strengths
    shares: Array
    shares_low: Array
    shares_high: Array
    position: Effect | None
    length: Effect | None
    resamples: int
    notes: tuple[str, ...]

    @property
    def has_ranks(self) -> bool:
        """Whether there were enough segments for ranges of ranks and clusters."""
        return not np.isnan(self.shares_low).all()


def by_bradley_terry(
    preferences: Preferences, resamples: int = RESAMPLES, seed: int = SEED
) -> Ranking:
    """Return the ranking by Bradley-Terry, with ties, position and length as the data allow.

    Raises:
        InputError: there are no comparisons, or no chain of them connects two of the systems.
    """
    given, notes = design(preferences)
    point = fit(given)
    if point.is_bounded:
        given, left_out = identified(given)
        point = fit(given) if left_out else point
        notes += left_out
    if point.is_bounded:
        notes.append(_bounded_note(preferences))
    resamples = min(resamples, max(_LEAST_RESAMPLES, _MOST_DRAWN // len(preferences)))
    counts = _by_segment(preferences, given)
    if counts.shape[0] < FEWEST_SEGMENTS:
        fewest = f"an interval needs at least {FEWEST_SEGMENTS} segments"
        notes.append(f"no intervals and no clusters: {fewest}, and there are {counts.shape[0]}")
        drawn = np.full((1, given.x.shape[1] + 1), np.nan)
        shares = np.full((1, given.systems), np.nan)
    else:
        drawn, shares = _resampled(given, point, counts, resamples, seed)
    standings = _standings(point, drawn[:, : given.systems])
    position = _effect(given, drawn, "position", point.position, 1.0)
    length = _effect(given, drawn, "length", point.length, 1 / 3)
    if point.is_bounded and _has_empty(standings, position, length):
        notes.append(_EMPTY)
        standings, position, length = (
            _standings_without_empty(standings),
            _without_empty(position),
            _without_empty(length),
        )
    low, high = _bounds(shares)
    return Ranking(
        standings,
        point,
        win_shares(given, given.counts),
        low,
        high,
        position,
        length,
        resamples,
        tuple(notes),
    )


def strengths_of(preferences: Preferences) -> Array:
    """Return the systems' strengths by Bradley-Terry in Elo points, shape (systems,).

    Raises:
        InputError: as `by_bradley_terry`.
    """
    return elo(fit(design(preferences)[0]).systems)


def shares_of(preferences: Preferences) -> Array:
    """Return the systems' shares of wins, ties counting half; NaN for one never compared."""
    wins, ties, losses = preferences.points().T
    n = wins + ties + losses
    return np.asarray((wins + ties / 2) / np.where(n > 0, n, np.nan))


def elo(log_odds: Array) -> Array:
    """Return strengths in log odds as Elo points, the mean of the last axis moved to `MEAN`."""
    centred = log_odds - log_odds.mean(axis=-1, keepdims=True)
    return np.asarray(MEAN + POINTS * centred)


def win_shares(given: Design, counts: Array) -> Array:
    """Return each system's share of wins, ties counting half, for counts of (..., kinds, 3)."""
    s = given.systems
    pairs = given.x[:, :s]
    first = counts[..., 0] + counts[..., 1] / 2
    n = counts.sum(axis=-1)
    is_first, is_second = pairs.maximum(0), (-pairs).maximum(0)
    points = first @ is_first + (n - first) @ is_second
    compared = n @ (is_first + is_second)
    return np.asarray(points / np.where(compared > 0, compared, np.nan))


def _by_segment(preferences: Preferences, given: Design) -> csr_array:
    """Return how often each kind and result occurs in each segment: (segments, kinds * 3)."""
    cells = given.kind * 3 + 1 - preferences.preferred
    _, segment = np.unique(preferences.segment, return_inverse=True)
    shape = int(segment.max()) + 1, len(given.counts) * 3
    return csr_array((np.ones(len(cells)), (segment, cells)), shape=shape)


def _resampled(
    given: Design, point: Strengths, counts: csr_array, resamples: int, seed: int
) -> tuple[Array, Array]:
    """Return parameters and shares of wins of resamples: (resamples, k) and (resamples, s)."""
    start = parameters(given, point)
    step = np.asarray(
        np.linalg.pinv(information(given, given.counts, start), hermitian=True), dtype=np.float64
    )
    drawn, shares = [], []
    for sums in resampled_sums(counts, resamples, seed):
        wins = sums.reshape(len(sums), -1, 3)
        drawn.append(resample_estimates(given, wins, start, step, point.is_bounded))
        shares.append(win_shares(given, wins))
    return np.concatenate(drawn), np.concatenate(shares)


def _standings(point: Strengths, drawn: Array) -> Standings:
    score = elo(point.systems)
    if np.isnan(drawn).all():
        s = len(score)
        unknown, ones = np.full(s, np.nan), np.ones(s, dtype=np.int64)
        return Standings(score, unknown, unknown, ones, ones * s, ones)
    return standings_of(score, elo(drawn), LEVEL)


def _effect(given: Design, drawn: Array, name: str, value: float, scale: float) -> Effect | None:
    if name not in given.effects:
        return None
    column = drawn[:, given.systems + given.effects.index(name)]
    low, high = _bounds(column)
    points = POINTS * scale
    return Effect(value * points, float(low) * points, float(high) * points)


def _has_empty(standings: Standings, *effects: Effect | None) -> bool:
    """Return whether an interval has the width zero."""
    widths = [*(standings.high - standings.low)]
    widths += (effect.high - effect.low for effect in effects if effect)
    return bool((np.array(widths) <= LEVEL).any())


def _standings_without_empty(standings: Standings) -> Standings:
    empty = standings.high - standings.low <= LEVEL
    low, high = (np.where(empty, np.nan, bound) for bound in (standings.low, standings.high))
    return standings._replace(low=low, high=high)


def _without_empty(effect: Effect | None) -> Effect | None:
    if effect is None or not effect.high - effect.low <= LEVEL:
        return effect
    return Effect(effect.value, np.nan, np.nan)


def _bounds(drawn: Array) -> tuple[Array, Array]:
    """Return the 95% bounds over the first axis; NaN where no resample defines the figure."""
    known = ~np.isnan(drawn).all(axis=0)
    low, high = np.nanpercentile(np.where(known, drawn, 0.0), _BOUNDS, axis=0)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def _bounded_note(preferences: Preferences) -> str:
    reason = always_ahead(preferences) or "the results can be told from systems and effects alone"
    drawn = "strengths are drawn to the mean by half a win and half a loss"
    return f"{reason}: by likelihood alone there are no finite strengths; {drawn}"
