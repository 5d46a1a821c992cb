"""Similarity of learners during training: at equal steps, at matched perplexity, by item."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from ensemble.diagnosis.trajectories.blimp import Paradigm
from ensemble.diagnosis.trajectories.minimal_pairs import PairResults, vectors
from ensemble.types import Array
from evaluation.statistics.correlation import pearson, spearman
from evaluation.statistics.rater_agreement import cohen_kappa, fleiss_kappa

ACQUIRED = 0.7
"""The share of pairs from which on a paradigm is acquired, if it stays there."""


class Similarity(NamedTuple):
    """Similarity of pairs of learners: r of their vectors, kappa of their items.

    `steps` (t,) are those all have checkpoints of, `r` (pairs, t) and `kappa` (pairs, t) at each;
    `r_matched` (pairs,) is at the latest checkpoints with the nearest perplexities. `order`
    (pairs,) is Spearman's rho of the order in which paradigms are learnt.
    """

    pairs: tuple[tuple[str, str], ...]
    steps: tuple[int, ...]
    r: Array
    kappa: Array
    r_matched: Array
    order: Array

    @property
    def last_r(self) -> Array:
        """The correlation at the last common step, (pairs,); NaN without a common step."""
        return self.r[:, -1] if self.steps else np.full(len(self.pairs), np.nan)


def trajectories_of(judged: Sequence[PairResults]) -> dict[str, list[PairResults]]:
    """Return the checkpoints, by step, of each learner that has more than one."""
    by_name: dict[str, list[PairResults]] = {}
    for result in judged:
        if result.step is not None:
            by_name.setdefault(result.name, []).append(result)
    return {
        name: sorted(results, key=lambda result: result.step or 0)
        for name, results in by_name.items()
        if len(results) > 1
    }


def similarities(
    paths: dict[str, list[PairResults]], paradigms: Sequence[Paradigm], score: int
) -> Similarity:
    """Return the similarity of each two learners.

    Raises:
        ValueError: fewer than two have checkpoints.
    """
    if len(paths) < 2:
        raise ValueError(f"{len(paths)} learners have checkpoints; it takes two to compare")
    steps = sorted(
        set.intersection(*({result.step or 0 for result in path} for path in paths.values()))
    )
    pairs = tuple(combinations(paths, 2))
    places = {name: vectors(path, paradigms, score) for name, path in paths.items()}
    r, kappa, matched, order = [], [], [], []
    for first, second in pairs:
        at = [(_at(paths[first], step), _at(paths[second], step)) for step in steps]
        r.append([_r(places[first][i], places[second][j]) for i, j in at])
        kappa.append([_kappa([paths[first][i], paths[second][j]], score) for i, j in at])
        i, j = _matched(paths[first], paths[second])
        matched.append(_r(places[first][i], places[second][j]))
        order.append(_rho(places[first].mean(axis=0), places[second].mean(axis=0)))
    shape = len(pairs), len(steps)
    by_step = np.array(r).reshape(shape), np.array(kappa).reshape(shape)
    return Similarity(
        pairs, tuple(steps), by_step[0], by_step[1], np.array(matched), np.array(order)
    )


def fleiss(judged: Sequence[PairResults], score: int) -> float:
    """Return Fleiss' kappa of getting items right, for several learners."""
    return fleiss_kappa(
        np.array([learner.right[score] > 0.5 for learner in judged], dtype=np.float64)
    )


def acquired(
    path: Sequence[PairResults], paradigms: Sequence[Paradigm], score: int
) -> list[int | None]:
    """Return the step at which each paradigm is acquired, `None` where it is not."""
    enough = vectors(path, paradigms, score) >= ACQUIRED
    stays = np.logical_and.accumulate(enough[::-1], axis=0)[::-1]
    return [path[int(np.argmax(stay))].step if stay.any() else None for stay in stays.T]


def ceiling(judged: PairResults, paradigms: Sequence[Paradigm], score: int) -> float:
    """Return the highest correlation to expect between vectors of this few pairs.

    It is the correlation of the halves, every second pair, stepped up by Spearman-Brown (1910).
    """
    bounds = np.cumsum([0, *(len(paradigm.pairs) for paradigm in paradigms)])
    spans = list(pairwise(bounds.tolist()))
    halves = [[judged.right[score, a + k : b : 2].mean() for a, b in spans] for k in (0, 1)]
    r = _r(np.array(halves[0]), np.array(halves[1]))
    return 2 * r / (1 + r)


def _at(path: Sequence[PairResults], step: int) -> int:
    return next(i for i, result in enumerate(path) if result.step == step)


def _matched(first: Sequence[PairResults], second: Sequence[PairResults]) -> tuple[int, int]:
    """Return the last index of one learner and the index of the other with nearest perplexity."""
    logs = [np.log([result.perplexity for result in path]) for path in (first, second)]
    # The one with the higher last perplexity sets the level, as the other reached it earlier.
    if logs[0][-1] < logs[1][-1]:
        j, i = _matched(second, first)
        return i, j
    last = len(first) - 1
    return last, int(np.argmin(np.abs(logs[1] - logs[0][last])))


def _kappa(judged: Sequence[PairResults], score: int) -> float:
    return cohen_kappa(
        np.array([learner.right[score] > 0.5 for learner in judged], dtype=np.float64)
    )


def _r(x: Array, y: Array) -> float:
    return float(pearson(x, y))


def _rho(x: Array, y: Array) -> float:
    return float(spearman(x, y))
