"""Scores of systems from rankings, with intervals, ranges of ranks and clusters.

Expected Wins (Bojar et al. 2013) and TrueSkill (Herbrich et al. 2006; Sakaguchi et al. 2014
for systems). Intervals come from resampling whole rankings.
"""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from evaluation.data.rankings import Rankings
from evaluation.statistics.significance import RESAMPLES, SEED, resampled_sums
from evaluation.types import Array, Booleans, Integers

DRAWS = 0.25
"""Share of ties among comparisons of equal systems: the prior of the WMT14 shared task."""
SPREAD = 0.5
"""The prior standard deviation of a system's skill (WMT14)."""
_BOUNDS = (2.5, 97.5)


class Standings(NamedTuple):
    """Systems' scores, intervals and ranks, each field of shape (systems,).

    `low` and `high` bound the 95% interval of `score`, `best` and `worst` the 95% range of
    the rank. `cluster` counts from 1, the best: the ranges of ranks of two clusters do not
    overlap (Bojar et al. 2013).
    """

    score: Array
    low: Array
    high: Array
    best: Integers
    worst: Integers
    cluster: Integers


def expected_wins(wins: Array) -> Array:
    """Return how often each system is expected to win against a random other one, shape (..., s).

    That is the mean, over the others it was compared with, of wins / (wins + losses), with ties
    left out (Bojar et al. 2013). NaN for a system that neither won nor lost.

    Args:
        wins: [i, j] is how often i won against j, shape (..., s, s).
    """
    decided = wins + np.swapaxes(wins, -1, -2)
    known = decided > 0
    rates = np.where(known, wins / np.where(known, decided, 1), 0)
    n = known.sum(axis=-1)
    return np.asarray(rates.sum(axis=-1) / np.where(n > 0, n, np.nan))


def by_expected_wins(rankings: Rankings, resamples: int = RESAMPLES, seed: int = SEED) -> Standings:
    """Return the standings by Expected Wins.

    Raises:
        ValueError: there are no rankings.
    """
    s = len(rankings.systems)
    wins = rankings.wins().reshape(-1, s * s)
    sums = np.concatenate(list(resampled_sums(wins, resamples, seed)))
    point = expected_wins(wins.sum(axis=0).reshape(s, s))
    return standings_of(point, expected_wins(sums.reshape(-1, s, s)))


def by_trueskill(rankings: Rankings, resamples: int = 100, seed: int = SEED) -> Standings:
    """Return the standings by TrueSkill: the score is the mean of the skill.

    Raises:
        ValueError: there are no rankings, or fewer than one resample.
    """
    if not len(rankings.ranks) or resamples < 1:
        raise ValueError("TrueSkill standings need a ranking and a resample")
    generator = np.random.default_rng(seed)
    pairs = rankings.pairs()
    orders = [generator.permutation(len(pairs))]
    orders += [_resampled(pairs[:, 0], generator) for _ in range(resamples)]
    longest = max(map(len, orders))
    padded = np.full((longest, len(orders)), -1, dtype=np.int32)
    for column, order in enumerate(orders):
        padded[: len(order), column] = order
    skills = _play(pairs, padded, len(rankings.systems), _noise(len(pairs)))
    return standings_of(skills[0], skills[1:])


def trueskill(rankings: Rankings, orders: int = 1, seed: int = SEED) -> Array:
    """Return the systems' mean skills, shape (orders, s), after each of several random orders.

    Every pair that a ranking compares is a match of two (ties are draws), played once. The
    prior and the noise of a match are those of the WMT shared tasks (Sakaguchi et al. 2014):
    N(0, `SPREAD`), beta = `SPREAD` matches / 40, no drift (tau = 0), and a share `DRAWS` of
    draws.

    All orders are played at once: the library `trueskill` takes 0.3 ms a match, which is too
    slow. A test checks that the results are equal.
    """
    pairs = rankings.pairs()
    generator = np.random.default_rng(seed)
    played = [generator.permutation(len(pairs)) for _ in range(orders)]
    order = np.stack(played, axis=1).astype(np.int32)
    return _play(pairs, order, len(rankings.systems), _noise(len(pairs)))


def _noise(matches: int) -> float:
    return SPREAD * matches / 40


def _resampled(ranking: Integers, generator: np.random.Generator) -> Integers:
    """Draw rankings with replacement, and return their pairs in random order."""
    n = int(ranking.max()) + 1 if ranking.size else 0
    times = np.bincount(generator.integers(n, size=n), minlength=n)
    return generator.permutation(np.repeat(np.arange(len(ranking)), times[ranking]))


def _play(pairs: Integers, orders: NDArray[np.int32], systems: int, beta: float) -> Array:
    """Return the mean skills, shape (k, systems), after the matches of `orders`, shape (m, k).

    A match of -1 is padding. TrueSkill's update for two players is exact (Herbrich et al. 2006).
    """
    k = orders.shape[1]
    mean = np.zeros(k * systems)
    variance = np.full(k * systems, SPREAD**2)
    base = np.arange(k) * systems
    margin = ndtri((DRAWS + 1) / 2) * np.sqrt(2) * beta
    for match in orders:
        _, first, second, tie = pairs[match].T
        winner, loser = base + first, base + second
        c2 = variance[winner] + variance[loser] + 2 * beta**2
        c = np.sqrt(c2)
        v, w = _truncated((mean[winner] - mean[loser]) / c, margin / c, tie == 1)
        played = match >= 0
        v, w = v * played, w * played
        mean[winner] += variance[winner] / c * v
        mean[loser] -= variance[loser] / c * v
        variance[winner] *= 1 - variance[winner] / c2 * w
        variance[loser] *= 1 - variance[loser] / c2 * w
    return mean.reshape(k, systems)


def _truncated(t: Array, margin: Array, tie: Booleans) -> tuple[Array, Array]:
    """Return by how much a result moves the mean (v) and shrinks the variance (w) of a difference.

    `t` is the difference of the means and `margin` the half-width of a draw, both in units of
    the standard deviation of the difference.
    """
    x = t - margin
    v_win = np.exp(-0.5 * x**2 - log_ndtr(x)) / np.sqrt(2 * np.pi)
    low, high = -margin - t, margin - t
    mass = ndtr(high) - ndtr(low)
    at_low, at_high = (np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi) for z in (low, high))
    v_tie = (at_low - at_high) / mass
    w_tie = v_tie**2 + (high * at_high - low * at_low) / mass
    return np.where(tie, v_tie, v_win), np.where(tie, w_tie, v_win * (v_win + x))


def standings_of(point: Array, drawn: Array, tolerance: float = 0.0) -> Standings:
    """Return the standings from scores, shape (s,), and resampled scores, (resamples, s).

    A score is NaN where a resample does not define it. Neighbours in a resample whose scores
    differ by at most `tolerance` share a rank.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        low, high = np.nanpercentile(drawn, _BOUNDS, axis=0)
    # A system without a score in a resample is ranked last in it.
    ranks = _ranks(np.where(np.isnan(drawn), -np.inf, drawn), tolerance)
    best = np.percentile(ranks, _BOUNDS[0], axis=0, method="lower").astype(np.int64)
    worst = np.percentile(ranks, _BOUNDS[1], axis=0, method="higher").astype(np.int64)
    return Standings(point, low, high, best, worst, _clusters(point, best, worst))


def _ranks(scores: Array, tolerance: float) -> Integers:
    """Return the ranks from 1, the highest, by row; of scores that are level, the best."""
    order = np.argsort(-scores, axis=-1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=-1)
    is_lower = ordered[:, 1:] < ordered[:, :-1] - tolerance
    places = np.maximum.accumulate(is_lower * np.arange(1, scores.shape[-1]), axis=-1)
    ranks = np.ones(scores.shape, dtype=np.int64)
    np.put_along_axis(ranks, order[:, 1:], 1 + places, axis=-1)
    return ranks


def _clusters(point: Array, best: Integers, worst: Integers) -> Integers:
    """Divide the systems, by score, wherever all ranges above end before all below begin."""
    order = np.argsort(-point, kind="stable")
    ends = np.maximum.accumulate(worst[order])[:-1]
    begins = np.minimum.accumulate(best[order][::-1])[::-1][1:]
    clusters = np.empty(len(point), dtype=np.int64)
    clusters[order] = 1 + np.concatenate([[0], np.cumsum(ends < begins)])
    return clusters
