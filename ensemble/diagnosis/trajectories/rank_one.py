"""Does everything lie on one line: how much of what learners are able to do is how good they are?

A profile is the share that each of s learners gets right of each of c kinds. What differs
between learners is split in three: what follows from the overall score, each kind rising with
it at a rate of its own; what chance makes, since a kind has few items; and what is left, which
is what an ensemble can combine.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from ensemble.diagnosis.capabilities import Capabilities
from ensemble.types import Array

ONE = 0.95
"""The share on the first axis from which profiles are said to lie on one line."""

Verdict = Literal["one line", "not one line", "cannot be told"]

_MOST_CHANCE = 0.5


class Line(NamedTuple):
    """Shares of all variance between s learners' profiles, kinds weighted by their items.

    `first` and `second`: along the first two principal axes; `beyond_chance`: along the first,
    of what is not chance, which spreads over all axes alike. `overall`: what follows from the
    overall score, of that score's fitted line for each kind; `chance` and `left` are the rest.
    `r_first` is how far the first axis is the overall score (Pearson). `spread` is the standard
    deviation of a kind's share between learners.
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
        """Whether profiles lie on one line, as far as chance lets see."""
        if self.chance > _MOST_CHANCE:
            return "cannot be told"
        return "one line" if self.beyond_chance > ONE else "not one line"


def line_of(share: Array, n: Array | None = None, noise: Array | None = None) -> Line:
    """Return how far profiles, shape (s, c), lie on one line.

    Args:
        share: what each learner gets right of each kind, from 0 to 1.
        n: how many items each kind has, shape (c,), by which kinds count; by default all alike.
        noise: the variance that chance gives each share, shape (s, c); by default none.

    Raises:
        ValueError: there are fewer than three learners or two kinds, or they do not differ.
    """
    s, c = share.shape
    if s < 3 or c < 2:
        raise ValueError(f"{s} learners and {c} kinds; a line needs 3 and 2")
    weight = np.ones(c) / c if n is None else np.asarray(n) / np.sum(n)
    from_mean = share - share.mean(axis=0)
    scaled = from_mean * np.sqrt(weight)
    whole = float((scaled**2).sum())
    if whole < 1e-15:
        raise ValueError("all learners get the same right: there is nothing to compare")
    left, sizes, _ = np.linalg.svd(scaled, full_matrices=False)
    axes = sizes**2 / whole
    score = from_mean @ weight
    fitted = np.outer(score, score @ from_mean) / max(float(score @ score), 1e-15)
    overall = float(((fitted * np.sqrt(weight)) ** 2).sum()) / whole
    chance = 0.0 if noise is None else float((noise * weight).sum()) * (s - 2) / s / whole
    chance = min(chance, 1 - overall)
    r = abs(float(np.corrcoef(left[:, 0], score)[0, 1])) if score.std() > 0 else 0.0
    spread = float(np.sqrt(whole / s))
    second = float(axes[1]) if len(axes) > 1 else 0.0
    rest = max(0.0, 1 - overall - chance)
    first, axes_there_are = float(axes[0]), min(s - 1, c)
    beyond = (first - chance / axes_there_are) / max(1 - chance, 1e-12)
    beyond = float(np.clip(beyond, 0, 1))
    return Line(first, second, beyond, overall, chance, rest, r, spread)


def noise_of(right: Array, kinds: Sequence[str], names: Sequence[str]) -> Array:
    """Return the variance that chance gives each share, (s, c), from items, `right` (s, n).

    All learners get the same items, so that one being hard is no chance between them: what
    counts is how far a learner's answers stray from the mean of all on the same items.
    """
    apart = right - right.mean(axis=0)
    own = np.array(kinds, dtype=object)
    found = []
    for name in names:
        some = apart[:, own == name]
        found.append(some.var(axis=1, ddof=1) / some.shape[1] if some.shape[1] > 1
                     else np.zeros(len(right)))  # fmt: skip
    return np.stack(found, axis=1)


class Choice(NamedTuple):
    """What could be gained by asking, for each kind, whoever is best at it.

    Shares of all items: `best` of the best learner, `by_kind` of each kind's best; chosen on
    one half of the items and measured on the other, both ways.
    """

    best: float
    by_kind: float


def choice_of(found: Capabilities) -> Choice:
    """Return the gain of choosing by kind, which a profile on one line does not have."""
    best, by_kind = [], []
    for seen, asked in ((0, 1), (1, 0)):
        n = found.halves_n[asked]
        weight = n / max(n.sum(), 1)
        overall = found.halves[seen] @ (found.halves_n[seen] / max(found.halves_n[seen].sum(), 1))
        chosen = found.halves[seen].argmax(axis=0)
        best.append(float(found.halves[asked][int(overall.argmax())] @ weight))
        by_kind.append(float(found.halves[asked][chosen, np.arange(len(n))] @ weight))
    return Choice(float(np.mean(best)), float(np.mean(by_kind)))
