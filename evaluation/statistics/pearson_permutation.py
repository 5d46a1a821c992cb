"""Pearson's r of metrics whose scores are swapped at random, for many swaps at once.

With signs s for who keeps a score (-1 swaps it), the swapped scores of two metrics a and b
are (a + b) / 2 +- s (a - b) / 2, and so are their squares and their products with the
judgements: all that r is made of is linear in s, one matrix product for all metrics and swaps.
The price is what sums of squares cost: where a group's scores are alike to d standard
deviations, r is exact to about 1e-16 / d^2.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

_ROUNDING = 1e-12  # a variance this small, beside the squares themselves, is rounding error


class SwappedPearson:
    """The sums, squares and products that r is made of, of metrics' scores in groups."""

    def __init__(self, scores: Array, human: Array) -> None:
        """Take scores, shape (metrics, groups, n), and judgements, shape (groups, n).

        Where a judgement is missing (NaN), scores are not looked at.
        """
        present = ~np.isnan(human)
        self.n = np.maximum(present.sum(axis=-1), 1)
        truth = _centred(human, present, self.n)
        size = np.where(present, np.abs(human), 0).max(axis=-1, initial=0)
        spread = (truth**2).sum(axis=-1)
        self.varies = spread > _ROUNDING * self.n * size**2
        self.spread = np.where(self.varies, spread, 1)
        # What is taken from all metrics alike is swapped for itself: squares stay small.
        kept = np.where(present, scores, 0)
        level = kept.mean(axis=0).sum(axis=-1) / self.n
        kept = np.where(present, kept - level[:, None], 0)
        self.parts = np.stack([kept, kept**2, kept * truth])
        self.sums = self.parts.sum(axis=-1)

    def differences(self, signs: Array, pairs: tuple[Whole, Whole]) -> Array:
        """Return r of the pairs' first metrics less that of the second, shape (pairs, swaps).

        r is the mean over the groups where it is defined; `signs` has the shape (swaps, groups, n).
        """
        three, k, groups, n = self.parts.shape
        by_group = np.ascontiguousarray(signs.transpose(1, 2, 0))
        moved = self.parts.reshape(three * k, groups, n).transpose(1, 0, 2) @ by_group
        moved = np.ascontiguousarray(moved.transpose(1, 0, 2)).reshape(three, k, groups, -1)
        found = np.empty((len(pairs[0]), len(signs)))
        for row, difference in zip(found, self._each(moved, pairs), strict=True):
            row[:] = difference
        return found

    def _each(self, moved: Array, pairs: tuple[Whole, Whole]) -> Iterator[Array]:
        for i, j in zip(*pairs, strict=True):
            both = (self.sums[:, i] + self.sums[:, j])[..., None] / 2
            apart = (moved[:, i] - moved[:, j]) / 2
            yield self._r(both + apart, both[1]) - self._r(both - apart, both[1])

    def _r(self, parts: Array, size: Array) -> Array:
        total, squares, product = parts
        variance = squares - total**2 / self.n[:, None]
        defined = (variance > _ROUNDING * size) & self.varies[:, None]
        below = np.sqrt(np.where(defined, variance, np.inf) * self.spread[:, None])
        groups = defined.sum(axis=0)
        return np.asarray((product / below).sum(axis=0) / np.where(groups > 0, groups, np.nan))


def _centred(values: Array, present: NDArray[np.bool_], n: Whole) -> Array:
    kept = np.where(present, values, 0)
    return np.where(present, kept - kept.sum(axis=-1, keepdims=True) / n[:, None], 0)
