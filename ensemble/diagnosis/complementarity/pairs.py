"""How two systems differ: in what they say and, where labels tell, in what they get right.

Measures of diversity as Kuncheva & Whitaker (2003) define them. An item is a candidate that
anybody proposed, and a system is right about it if it proposed it and it is right, or did not
and it is wrong; a gold edit that nobody proposed is an item too, which all got wrong. Labels
and texts: an item is a segment, a label right or wrong; texts have scores, of which one is
right that is above the mean of the systems' on that segment.
"""

from typing import NamedTuple

import numpy as np

from ensemble.diagnosis.complementarity.pool import Pool
from ensemble.types import Array, Booleans


class Pairs(NamedTuple):
    """Measures of each two systems, shape (s, s); NaN where not defined or not known.

    `jaccard`: what both proposed, of what either did. `differ`: the share of items on which
    they do not do the same; `kappa`: Cohen's (1960), of doing the same. Of being right:
    `disagreement`, the share of items on which one is right and the other not; Yule's `q`;
    `double_fault`, the share that both get wrong; `kappa_right`. `items` are how many.
    """

    jaccard: Array
    differ: Array
    kappa: Array
    disagreement: Array
    q: Array
    double_fault: Array
    kappa_right: Array
    items: int


class _Fourfold(NamedTuple):
    """How often both do, one does, the other does and neither does, shape (s, s)."""

    both: Array
    one: Array
    other: Array
    neither: Array

    @classmethod
    def of(cls, does: Booleans, known: Booleans) -> "_Fourfold":
        """Count over the items, shape (s, n), that both systems have."""
        yes, no = (does & known).astype(float), (~does & known).astype(float)
        return cls(yes @ yes.T, yes @ no.T, no @ yes.T, no @ no.T)

    @property
    def n(self) -> Array:
        return self.both + self.one + self.other + self.neither

    @property
    def differ(self) -> Array:
        return _ratio(self.one + self.other, self.n)

    @property
    def q(self) -> Array:
        same, apart = self.both * self.neither, self.one * self.other
        return _ratio(same - apart, same + apart)

    @property
    def kappa(self) -> Array:
        does, other_does = self.both + self.one, self.both + self.other
        chance = does * other_does + (self.n - does) * (self.n - other_does)
        return _ratio(self.n * (self.both + self.neither) - chance, self.n**2 - chance)


def pairs_of(pool: Pool) -> Pairs:
    """Return all measures of each two systems of `pool`, for those that both answered."""
    answered = pool.present[:, pool.segment]
    said = _Fourfold.of(pool.votes, answered)
    jaccard = _ratio(said.both, said.both + said.one + said.other)
    if pool.kind != "edits":  # two systems say one thing or two, so that kappa would be of these
        same = _ratio(said.both, pool.present.astype(float) @ pool.present.T.astype(float))
        said_differ, kappa = 1 - same, np.full_like(same, np.nan)
    else:
        said_differ, kappa = said.differ, said.kappa
    if not pool.labelled:
        no = np.full_like(jaccard, np.nan)
        return Pairs(jaccard, said_differ, kappa, no, no, no, no, len(pool.segment))
    right, known = correctness(pool)
    found = _Fourfold.of(right, known)
    fault = _ratio(found.neither, found.n)
    return Pairs(jaccard, said_differ, kappa, found.differ, found.q, fault, found.kappa,
                 right.shape[1])  # fmt: skip


def correctness(pool: Pool) -> tuple[Booleans, Booleans]:
    """Return who is right about which item, and about which items it is known, (s, items)."""
    if pool.kind == "edits":
        answered = pool.present[:, pool.segment]
        known = answered & np.isfinite(pool.values)
        missed = int(np.maximum(_missed(pool), 0).sum())
        nobody = np.zeros((len(pool.systems), missed), dtype=bool)
        right = np.concatenate([pool.votes == (pool.values > 0), nobody], axis=1)
        return right, np.concatenate([known, ~nobody], axis=1)
    scores = scores_of(pool)
    bar = 0.5
    if pool.kind == "texts":
        n = np.isfinite(scores).sum(axis=0)
        bar = np.nansum(scores, axis=0) / np.maximum(n, 1)
    return scores > bar, np.isfinite(scores)


def scores_of(pool: Pool) -> Array:
    """Return the score of each system's label or text, shape (s, m), NaN where unknown."""
    scores = np.full((len(pool.systems), len(pool.ballots)), np.nan)
    for row, votes in enumerate(pool.votes):
        scores[row, pool.segment[votes]] = pool.values[votes]
    return scores


def _missed(pool: Pool) -> Array:
    """Return how many gold edits of each segment nobody proposed, shape (m,)."""
    known = np.isfinite(pool.values)
    m = len(pool.ballots)
    return pool.gold - np.bincount(pool.segment[known], pool.values[known], minlength=m)


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
