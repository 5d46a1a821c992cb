"""What adding a system will gain, foretold from some labelled segments.

The gain of one more voice is small, and on few segments mostly chance: a candidate that is one
vote short turns the score. So it is measured for ensembles like the one at hand, which lack two
or four of its members, and the mean of these foretells the gain on other segments: the same
voice, with other candidates at the threshold. That an even number is left out matters, for a
vote of half, rounded up, gains recall from an even member and precision from an odd one.
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

_FEWER = (2, 4)
_ENSEMBLES = 60


class Forecast(NamedTuple):
    """Each system held out in turn: what adding it was foretold to gain, and gained, (d, s).

    A row is a draw of the labelled segments; the gain is on all others. Plainer forecasts:
    what it gained on the labelled ones (`measured`), and its own score there (`alone`). `n` is
    how many were labelled.
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
        """Return how well it foretells, over the draws in which systems differ at all."""
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
        ValueError: there are fewer than three systems, or not twice as many segments.
    """
    s, m = len(pool.systems), len(pool.ballots)
    if s < 3 or m < 2 * labelled:
        raise ValueError(f"a forecast needs 3 systems and {2 * labelled} segments; {s} and {m}")
    generator = np.random.default_rng(seed)
    rows = []
    for _ in progress(range(draws), "Forecasting"):
        order = generator.permutation(m)
        known, rest = pool.part(np.sort(order[:labelled])), pool.part(np.sort(order[labelled:]))
        rows.append([(*_foretold(known, one, generator), _gain(rest, _others(s, one), one))
                     for one in range(s)])  # fmt: skip
    foretold, measured, alone, gained = np.moveaxis(np.array(rows), -1, 0)
    return Forecast(pool.systems, foretold, measured, alone, gained, labelled)


def _foretold(pool: Pool, one: int, generator: np.random.Generator) -> tuple[float, float, float]:
    others = _others(len(pool.systems), one)
    measured = _gain(pool, others, one)
    like = [
        _mean([_gain(pool, _but(others, some), one) for some in _left_out(others, k, generator)])
        for k in _FEWER
        if len(others) >= k + 2
    ]
    return _mean(like or [measured]), measured, pool.score(pool.alone(one))


def _left_out(
    others: Sequence[int], k: int, generator: np.random.Generator
) -> Sequence[Sequence[int]]:
    """Return the sets of `k` members to leave out: all, or as many as are enough."""
    if comb(len(others), k) <= _ENSEMBLES:
        return list(combinations(others, k))
    return [generator.choice(others, k, replace=False).tolist() for _ in range(_ENSEMBLES)]


def _but(members: Sequence[int], some: Sequence[int]) -> list[int]:
    return [i for i in members if i not in some]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _others(systems: int, one: int) -> list[int]:
    return [i for i in range(systems) if i != one]


def _gain(pool: Pool, members: Sequence[int], one: int) -> float:
    return pool.score(pool.combined([*members, one])) - pool.score(pool.combined(members))
