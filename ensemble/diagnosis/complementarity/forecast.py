"""Forecasting the gain of adding a system from some labelled segments.

The gain of one more vote is small, and on few segments mostly chance: a candidate that is one vote
short changes the score. So it is measured for smaller ensembles, without two or four of the
members, and the mean of these is the forecast for other segments: the same system, with other
candidates at the threshold. An even number is left out because a vote of half, rounded up, gains
recall from an even member and precision from an odd one.
"""

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from ensemble.diagnosis.complementarity.pool import Pool
from ensemble.types import Array
from evaluation.execution.progress import Progress
from evaluation.statistics.correlation import pearson

_FEWER = (2, 4)  # members left out
_ENSEMBLES = 60  # sets of members that are tried, at most


class Forecast(NamedTuple):
    """The gain of adding each system: as foretold, and as measured on other segments, (d, s).

    A row is a draw of the labelled segments; `gained` is on all other segments. Simpler forecasts:
    the gain on the labelled ones (`measured`), and the system's own score there (`alone`). `n` is
    the number of labelled segments.
    """

    systems: tuple[str, ...]
    foretold: Array
    measured: Array
    alone: Array
    gained: Array
    n: int

    def r(self, forecast: Array) -> Array:
        """Return Pearson's r of a forecast with the gain over the systems of each draw, (d,)."""
        return np.asarray(pearson(forecast, self.gained))

    def in_words(self) -> str:
        """Return a sentence on the quality of the forecast, over draws in which systems differ."""
        r = self.r(self.foretold)
        r = r[np.isfinite(r)]
        if not len(r):
            return "what a system adds cannot be foretold: no draw tells them apart"
        return (
            f"what a system adds is foretold from {self.n} labelled segments with r = "
            f"{r.mean():.2f} ({r.min():.2f} to {r.max():.2f} over {len(r)} draws) over the "
            f"{len(self.systems)} systems, each held out"
        )


def forecast(pool: Pool, labelled: int, draws: int, seed: int, progress: Progress) -> Forecast:
    """Return the forecast for each system, the others being the ensemble, over several draws.

    Raises:
        ValueError: there are fewer than three systems, or fewer than twice `labelled` segments.
    """
    s, m = len(pool.systems), len(pool.ballots)
    if s < 3 or m < 2 * labelled:
        raise ValueError(f"a forecast needs 3 systems and {2 * labelled} segments; {s} and {m}")
    generator = np.random.default_rng(seed)
    rows = []
    for _ in progress(range(draws), "Forecasting"):
        # The same draw for all systems, so that forecasts compare within it.
        order = generator.permutation(m)
        known, rest = pool.part(np.sort(order[:labelled])), pool.part(np.sort(order[labelled:]))
        rows.append(
            [
                (*_foretold(known, system, generator), _gain(rest, _others(s, system), system))
                for system in range(s)
            ]
        )
    foretold, measured, alone, gained = np.moveaxis(np.array(rows), -1, 0)
    return Forecast(pool.systems, foretold, measured, alone, gained, labelled)


def _foretold(
    pool: Pool, system: int, generator: np.random.Generator
) -> tuple[float, float, float]:
    """Return the forecast, the gain as measured, and the score of the system alone."""
    others = _others(len(pool.systems), system)
    measured = _gain(pool, others, system)
    smaller = []
    for k in _FEWER:
        if len(others) >= k + 2:
            left_out = _left_out(others, k, generator)
            gains = [_gain(pool, _without(others, members), system) for members in left_out]
            smaller.append(_mean(gains))
    return _mean(smaller or [measured]), measured, pool.score(pool.alone(system))


def _left_out(
    others: Sequence[int], k: int, generator: np.random.Generator
) -> Sequence[Sequence[int]]:
    """Return the sets of `k` members to leave out: all, or a random sample of them."""
    if comb(len(others), k) <= _ENSEMBLES:
        return list(combinations(others, k))
    return [generator.choice(others, k, replace=False).tolist() for _ in range(_ENSEMBLES)]


def _without(members: Sequence[int], left_out: Sequence[int]) -> list[int]:
    return [i for i in members if i not in left_out]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _others(systems: int, system: int) -> list[int]:
    return [i for i in range(systems) if i != system]


def _gain(pool: Pool, members: Sequence[int], system: int) -> float:
    return pool.score(pool.combined([*members, system])) - pool.score(pool.combined(members))
