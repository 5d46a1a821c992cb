"""Rank-one analysis: how much of what learners are able to do is one overall ability.

A profile is the share that each of s learners gets right of each of c kinds. The variance between
learners is split in three: what follows from the overall score, on which each kind has its own
slope; sampling noise, as each kind has few items; and the rest, which an ensemble can use.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from ensemble.diagnosis.capabilities import Capabilities
from ensemble.types import Array

ONE = 0.95
"""The share on the first axis above which profiles are said to lie on one line."""

Verdict = Literal["one line", "not one line", "cannot be told"]

_MOST_CHANCE = 0.5


class VarianceShares(NamedTuple):
    """Shares of the variance between s learners' profiles, kinds weighted by their items.

    `first` and `second`: along the first two principal axes; `beyond_chance`: along the first, of
    the variance beyond sampling noise, which spreads over all axes alike. `overall`: of each kind's
    regression on the overall score; `chance` and `left` are the rest. `r_first` is Pearson's r of
    the first axis with the overall score. `spread` is the standard deviation of a kind's share
    between learners.
    """

    first: float
    second: float
    beyond_chance: float
    overall: float
    chance: float
    left: float
    r_first: float
    spread: float

    @property
    def verdict(self) -> Verdict:
        """Whether profiles lie on one line, unless there is too much noise to tell."""
        if self.chance > _MOST_CHANCE:
            return "cannot be told"
        return "one line" if self.beyond_chance > ONE else "not one line"


def variance_shares(
    share: Array, n: Array | None = None, noise: Array | None = None
) -> VarianceShares:
    """Return how far profiles, shape (s, c), lie on one line.

    Args:
        share: the share that each learner gets right of each kind, from 0 to 1.
        n: the number of items of each kind, shape (c,), which weights kinds; by default all alike.
        noise: the sampling variance of each share, shape (s, c); by default none.

    Raises:
        ValueError: there are fewer than three learners or two kinds, or they do not differ.
    """
    s, c = share.shape
    if s < 3 or c < 2:
        raise ValueError(f"{s} learners and {c} kinds; a line needs 3 and 2")
    weight = np.ones(c) / c if n is None else np.asarray(n) / np.sum(n)
    from_mean = share - share.mean(axis=0)
    score = from_mean @ weight
    scaled = from_mean * np.sqrt(weight)
    if (whole := float((scaled**2).sum())) < 1e-15:
        raise ValueError("all learners get the same right: there is nothing to compare")
    left, sizes, _ = np.linalg.svd(scaled, full_matrices=False)
    first, second, *_ = (*(sizes**2 / whole), 0.0)
    overall = float(((_fitted(from_mean, score) * np.sqrt(weight)) ** 2).sum()) / whole
    # Two of s degrees of freedom are fitted: each kind's mean, and its slope on the score.
    variance = 0.0 if noise is None else float((noise * weight).sum()) * (s - 2) / s
    chance = min(variance / whole, 1 - overall)
    # Chance spreads over all axes alike, so the first has its share of it.
    beyond_chance = (first - chance / min(s - 1, c)) / max(1 - chance, 1e-12)
    return VarianceShares(
        first=float(first),
        second=float(second),
        beyond_chance=float(np.clip(beyond_chance, 0, 1)),
        overall=overall,
        chance=chance,
        left=max(0.0, 1 - overall - chance),
        r_first=_correlation(left[:, 0], score),
        spread=float(np.sqrt(whole / s)),
    )


def _fitted(values: Array, score: Array) -> Array:
    """Return the regression of each column on `score`; both have a mean of 0."""
    return np.outer(score, score @ values) / max(float(score @ score), 1e-15)


def _correlation(x: Array, y: Array) -> float:
    """Return the absolute correlation; 0 where `y` is constant."""
    return abs(float(np.corrcoef(x, y)[0, 1])) if y.std() > 0 else 0.0


def sampling_noise(right: Array, kinds: Sequence[str], names: Sequence[str]) -> Array:
    """Return the sampling variance of each share, (s, c), from items, `right` (s, n).

    All learners get the same items, so the difficulty of an item is not noise between them: what
    counts is how far a learner's answers are from the mean of all on the same items.
    """
    apart = right - right.mean(axis=0)
    kind_of = np.array(kinds, dtype=object)
    variances = []
    for name in names:
        answers = apart[:, kind_of == name]
        n = answers.shape[1]
        variances.append(answers.var(axis=1, ddof=1) / n if n > 1 else np.zeros(len(right)))
    return np.stack(variances, axis=1)


class SelectionGain(NamedTuple):
    """The gain of asking, for each kind, the learner that is best at it.

    Shares of all items that are right: `best` of the best learner, `by_kind` of each kind's best;
    chosen on one half of the items and measured on the other, both ways.
    """

    best: float
    by_kind: float


def selection_gain(capabilities: Capabilities) -> SelectionGain:
    """Return the gain of choosing by kind, which profiles on one line do not have."""
    best, by_kind = [], []
    for seen, asked in ((0, 1), (1, 0)):
        n = capabilities.halves_n[asked]
        weight = n / max(n.sum(), 1)
        overall = capabilities.halves[seen] @ (
            capabilities.halves_n[seen] / max(capabilities.halves_n[seen].sum(), 1)
        )
        chosen = capabilities.halves[seen].argmax(axis=0)
        best.append(float(capabilities.halves[asked][int(overall.argmax())] @ weight))
        by_kind.append(float(capabilities.halves[asked][chosen, np.arange(len(n))] @ weight))
    return SelectionGain(float(np.mean(best)), float(np.mean(by_kind)))
