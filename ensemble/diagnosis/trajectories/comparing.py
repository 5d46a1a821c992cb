"""How alike two learners are on the way: at equal steps, at matched perplexity, item by item."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from ensemble.diagnosis.trajectories.blimp import Paradigm
from ensemble.diagnosis.trajectories.judging import Judged, vectors
from ensemble.types import Array
from evaluation.statistics.correlation import pearson, spearman
from evaluation.statistics.rater_agreement import cohen_kappa, fleiss_kappa

ACQUIRED = 0.7
"""A paradigm is acquired at the first checkpoint from which so many pairs stay right."""


class Alike(NamedTuple):
    """How alike pairs of learners are: r of their vectors, kappa of their items.

    `steps` (t,) are those all were checked at, `r` (pairs, t) and `kappa` (pairs, t) at each;
    `r_matched` (pairs,) where perplexities are nearest, of the latest such checkpoints.
    `order` (pairs,) is Spearman's rho of the order in which paradigms are learnt.
    """

    pairs: tuple[tuple[str, str], ...]
    steps: tuple[int, ...]
    r: Array
    kappa: Array
    r_matched: Array
    order: Array

    @property
    def last_r(self) -> Array:
        """The correlation at the last step in common, (pairs,); NaN if there is none."""
        return self.r[:, -1] if self.steps else np.full(len(self.pairs), np.nan)


def trajectories_of(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    """Return each learner's checkpoints, by step, of those that have more than one."""
    found: dict[str, list[Judged]] = {}
    for one in judged:
        if one.step is not None:
            found.setdefault(one.name, []).append(one)
    return {name: sorted(some, key=lambda one: one.step or 0)
            for name, some in found.items() if len(some) > 1}  # fmt: skip


def alike(paths: dict[str, list[Judged]], paradigms: Sequence[Paradigm], score: int) -> Alike:
    """Return how alike each two learners are.

    Raises:
        ValueError: there are fewer than two with checkpoints.
    """
    if len(paths) < 2:
        raise ValueError(f"{len(paths)} learners have checkpoints; it takes two to compare")
    steps = sorted(set.intersection(*({one.step or 0 for one in path} for path in paths.values())))
    pairs = tuple(combinations(paths, 2))
    places = {name: vectors(path, paradigms, score) for name, path in paths.items()}
    r, kappa, matched, order = [], [], [], []
    for one, other in pairs:
        at = [(_at(paths[one], step), _at(paths[other], step)) for step in steps]
        r.append([_r(places[one][i], places[other][j]) for i, j in at])
        kappa.append([_kappa([paths[one][i], paths[other][j]], score) for i, j in at])
        i, j = _matched(paths[one], paths[other])
        matched.append(_r(places[one][i], places[other][j]))
        order.append(_rho(places[one].mean(axis=0), places[other].mean(axis=0)))
    shape = len(pairs), len(steps)
    by_step = np.array(r).reshape(shape), np.array(kappa).reshape(shape)
    return Alike(pairs, tuple(steps), by_step[0], by_step[1], np.array(matched), np.array(order))


def fleiss(judged: Sequence[Judged], score: int) -> float:
    """Return Fleiss' kappa of getting items right, of several learners."""
    return fleiss_kappa(np.array([one.right[score] > 0.5 for one in judged], dtype=np.float64))


def acquired(path: Sequence[Judged], paradigms: Sequence[Paradigm], score: int) -> list[int | None]:
    """Return the step at which each paradigm is acquired, `None` where it is not."""
    enough = vectors(path, paradigms, score) >= ACQUIRED
    stays = np.logical_and.accumulate(enough[::-1], axis=0)[::-1]
    return [path[int(np.argmax(own))].step if own.any() else None for own in stays.T]


def ceiling(judged: Judged, paradigms: Sequence[Paradigm], score: int) -> float:
    """Return the most that a vector of so few pairs can correlate with its like.

    The correlation of its halves, every second pair, stepped up by Spearman-Brown (1910).
    """
    bounds = np.cumsum([0, *(len(paradigm.pairs) for paradigm in paradigms)])
    halves = [[judged.right[score, a + k : b : 2].mean() for a, b in
               pairwise(bounds.tolist())] for k in (0, 1)]  # fmt: skip
    r = _r(np.array(halves[0]), np.array(halves[1]))
    return 2 * r / (1 + r)


def _at(path: Sequence[Judged], step: int) -> int:
    return next(i for i, one in enumerate(path) if one.step == step)


def _matched(one: Sequence[Judged], other: Sequence[Judged]) -> tuple[int, int]:
    """Return the last of one whose perplexity the other reached too, and the nearest of that."""
    logs = [np.log([each.perplexity for each in path]) for path in (one, other)]
    if logs[0][-1] < logs[1][-1]:
        j, i = _matched(other, one)
        return i, j
    last = len(one) - 1
    return last, int(np.argmin(np.abs(logs[1] - logs[0][last])))


def _kappa(judged: Sequence[Judged], score: int) -> float:
    return cohen_kappa(np.array([one.right[score] > 0.5 for one in judged], dtype=np.float64))


def _r(one: Array, other: Array) -> float:
    return float(pearson(one, other))


def _rho(one: Array, other: Array) -> float:
    return float(spearman(one, other))
