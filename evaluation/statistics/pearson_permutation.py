"""Pearson's r of metrics whose scores are swapped at random, for many swaps at once.

Let the sign s be 1 where two metrics a and b keep their scores and -1 where they swap them. The
swapped scores are (a + b) / 2 +- s (a - b) / 2, and the same holds for their squares and their
products with the judgements. So all sums that r is computed from are linear in s: one matrix
product for all metrics and swaps. The price is the cancellation in sums of squares: where a
group's standard deviation is d, relative to the scores themselves, r is exact to about
1e-16 / d^2.
"""

from collections.abc import Iterator

import numpy as np

from evaluation.types import Array, Booleans, Integers

_ROUNDING = 1e-12  # a variance this small, beside the squares themselves, is rounding error


class SwappedPearson:
    """The sums, squares and products that r is made of, of metrics' scores in groups."""

    def __init__(self, scores: Array, human: Array) -> None:
        """Take scores, shape (metrics, groups, n), and judgements, shape (groups, n).

        Where a judgement is missing (NaN), scores are ignored.
        """
        present = ~np.isnan(human)
        self.n = np.maximum(present.sum(axis=-1), 1)
        truth = _centred(human, present, self.n)
        size = np.where(present, np.abs(human), 0).max(axis=-1, initial=0)
        spread = (truth**2).sum(axis=-1)
        self.varies = spread > _ROUNDING * self.n * size**2
        self.spread = np.where(self.varies, spread, 1)
        # A constant subtracted from all metrics survives any swap, and keeps squares small.
        known = np.where(present, scores, 0)
        level = known.mean(axis=0).sum(axis=-1) / self.n
        known = np.where(present, known - level[:, None], 0)
        self.parts = np.stack([known, known**2, known * truth])
        self.sums = self.parts.sum(axis=-1)

    def differences(self, signs: Array, pairs: tuple[Integers, Integers]) -> Array:
        """Return r of each pair's first metric minus that of its second, shape (pairs, swaps).

        r is the mean over the groups where it is defined.

        Args:
            signs: shape (swaps, groups, n): 1 where scores are kept, -1 where they are swapped.
            pairs: the indices of the first and of the second metrics.
        """
        three, k, groups, n = self.parts.shape
        by_group = np.ascontiguousarray(signs.transpose(1, 2, 0))
        signed = self.parts.reshape(three * k, groups, n).transpose(1, 0, 2) @ by_group
        signed = np.ascontiguousarray(signed.transpose(1, 0, 2)).reshape(three, k, groups, -1)
        differences = np.empty((len(pairs[0]), len(signs)))
        for row, difference in zip(differences, self._of_pairs(signed, pairs), strict=True):
            row[:] = difference
        return differences

    def _of_pairs(self, signed: Array, pairs: tuple[Integers, Integers]) -> Iterator[Array]:
        for i, j in zip(*pairs, strict=True):
            mean = (self.sums[:, i] + self.sums[:, j])[..., None] / 2
            half_gap = (signed[:, i] - signed[:, j]) / 2
            yield self._r(mean + half_gap, mean[1]) - self._r(mean - half_gap, mean[1])

    def _r(self, parts: Array, size: Array) -> Array:
        total, squares, product = parts
        variance = squares - total**2 / self.n[:, None]
        defined = (variance > _ROUNDING * size) & self.varies[:, None]
        # An infinite divisor makes r of an undefined group 0, so that the sum passes over it.
        divisor = np.sqrt(np.where(defined, variance, np.inf) * self.spread[:, None])
        groups = defined.sum(axis=0)
        return np.asarray((product / divisor).sum(axis=0) / np.where(groups > 0, groups, np.nan))


def _centred(values: Array, present: Booleans, n: Integers) -> Array:
    known = np.where(present, values, 0)
    return np.where(present, known - known.sum(axis=-1, keepdims=True) / n[:, None], 0)
