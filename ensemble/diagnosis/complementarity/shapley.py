"""Contributions of systems: the loss without each, and its Shapley value (Shapley 1953).

The value of a coalition is the score of its combination, or of its oracle, which takes the best of
its members' proposals. Shapley values are means over random orders in which systems join (Castro et
al. 2009), each in all its rotations and reversed, so that every system joins equally often at every
position; they add up to the value of all systems together.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ensemble.diagnosis.complementarity.pool import Pool
from ensemble.types import Array, Integers
from evaluation.execution.progress import Progress
from evaluation.statistics.significance import Difference, paired_difference

Value = Callable[[Sequence[int]], float]


class Shapley(NamedTuple):
    """The value of each system, shape (s,), and half its 95% interval over the drawn orders.

    `growth` (s,) is the mean value of coalitions of 1, 2 ... s systems.
    """

    value: Array
    half: Array
    growth: Array


def shapley(
    value: Value, systems: int, orders: int, seed: int, progress: Progress, what: str
) -> Shapley:
    """Return the Shapley values of `systems` players, over `orders` orders and their rotations.

    The empty coalition has the value 0; each coalition is valued once.
    """
    generator = np.random.default_rng(seed)
    # Orders share coalitions, and valuing one is the slow part.
    known: dict[frozenset[int], float] = {frozenset(): 0.0}

    def valued(members: Sequence[int]) -> float:
        key = frozenset(members)
        if key not in known:
            known[key] = value(sorted(key))
        return known[key]

    shares, growth = [], []
    for _ in progress(range(orders), what):
        order = generator.permutation(systems)
        rotations = [np.roll(way, k) for way in (order, order[::-1]) for k in range(systems)]
        results = [_joining(rotation, valued) for rotation in rotations]
        shares.append(np.mean([share for share, _ in results], axis=0))
        growth += [values for _, values in results]
    drawn = np.array(shares)
    half = 1.96 * drawn.std(axis=0, ddof=1) / np.sqrt(orders) if orders > 1 else drawn[0] * np.nan
    return Shapley(drawn.mean(axis=0), half, np.mean(growth, axis=0))


def _joining(order: Integers, valued: Value) -> tuple[Array, Array]:
    """Return what each system adds when it joins those before it, and the values so far."""
    values = np.array([valued(order[: k + 1].tolist()) for k in range(len(order))])
    share = np.empty(len(order))
    share[order] = np.diff(values, prepend=0.0)
    return share, values


def left_out(pool: Pool, counts: Callable[[Sequence[int]], Array]) -> list[Difference]:
    """Return, for each system, how much less `counts` score without it, paired by segment."""
    everyone = range(len(pool.systems))
    whole = counts(everyone)
    return [
        paired_difference(
            whole, counts([i for i in everyone if i != system]), pool.yardstick.statistic
        )
        for system in everyone
    ]
