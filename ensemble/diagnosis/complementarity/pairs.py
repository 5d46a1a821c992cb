"""How two systems differ: in their proposals and, with labels, in what they get right.

Measures of diversity as Kuncheva & Whitaker (2003) define them. An item is a candidate proposed by
any system; a system is right about it if it proposed a right candidate, or did not propose a wrong
one. A gold edit that no system proposed is an item too, which all got wrong. For labels and texts
an item is a segment, a label right or wrong; a text is right if its score is above the mean of the
systems' scores on that segment.
"""

from typing import NamedTuple

import numpy as np

from ensemble.diagnosis.complementarity.pool import Pool
from ensemble.types import Array, Booleans


class Pairs(NamedTuple):
    """Measures of each two systems, shape (s, s); NaN where undefined or unknown.

    `jaccard`: proposals of both, among those of either. `differ`: the share of items on which their
    proposals differ; `kappa`: Cohen's (1960), of agreeing there. Of being right: `disagreement`,
    the share of items on which one is right and the other not; Yule's `q`; `double_fault`, the
    share that both get wrong; `kappa_right`. `items` is their number.
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
    """How often both do something, only one, only the other, and neither, shape (s, s)."""

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
    """Return all measures of each two systems of `pool`, on items that both answered."""
    answered = pool.present[:, pool.segment]
    proposed = _Fourfold.of(pool.votes, answered)
    jaccard = _ratio(proposed.both, proposed.both + proposed.one + proposed.other)
    differ, kappa = proposed.differ, proposed.kappa
    if pool.kind != "edits":
        # Two systems give one label or two, so the items depend on the pair and kappa is undefined.
        answers = pool.present.astype(float)
        differ = 1 - _ratio(proposed.both, answers @ answers.T)
        kappa = np.full_like(jaccard, np.nan)
    if not pool.labelled:
        unknown = np.full_like(jaccard, np.nan)
        return Pairs(jaccard, differ, kappa, unknown, unknown, unknown, unknown, len(pool.segment))
    right, known = correctness(pool)
    of_right = _Fourfold.of(right, known)
    fault, n = _ratio(of_right.neither, of_right.n), right.shape[1]
    return Pairs(jaccard, differ, kappa, of_right.differ, of_right.q, fault, of_right.kappa, n)


def correctness(pool: Pool) -> tuple[Booleans, Booleans]:
    """Return which systems are right about which item, and where that is known, (s, items)."""
    if pool.kind == "edits":
        answered = pool.present[:, pool.segment]
        known = answered & np.isfinite(pool.values)
        missed = int(np.maximum(_missed(pool), 0).sum())
        nobody = np.zeros((len(pool.systems), missed), dtype=bool)
        right = np.concatenate([pool.votes == (pool.values > 0), nobody], axis=1)
        return right, np.concatenate([known, ~nobody], axis=1)
    scores = scores_of(pool)
    threshold: Array | float = 0.5
    if pool.kind == "texts":
        n = np.isfinite(scores).sum(axis=0)
        threshold = np.nansum(scores, axis=0) / np.maximum(n, 1)
    return scores > threshold, np.isfinite(scores)


def scores_of(pool: Pool) -> Array:
    """Return the score of each system's label or text, shape (s, m), NaN where unknown."""
    scores = np.full((len(pool.systems), len(pool.ballots)), np.nan)
    for row, votes in enumerate(pool.votes):
        scores[row, pool.segment[votes]] = pool.values[votes]
    return scores


def _missed(pool: Pool) -> Array:
    """Return the number of gold edits of each segment that no system proposed, shape (m,)."""
    known = np.isfinite(pool.values)
    m = len(pool.ballots)
    return pool.gold - np.bincount(pool.segment[known], pool.values[known], minlength=m)


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
