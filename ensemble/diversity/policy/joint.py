"""The joint choices of segments: one row for each combination of the options of its decisions.

What a whole output is worth may not be the sum of what its edits are worth. Where a segment has few
decisions, all its outputs can be listed, so that the best and the expected one are known exactly.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from ensemble.types import Array, Booleans, Integers

MOST = 1024
"""The joint choices of a segment up to which they are listed."""


@dataclass(frozen=True)
class Joint:
    """The joint choices of m segments with d decisions and n options, in R rows.

    `first` (m + 1,) is where each segment's rows begin; the first of them keeps the source
    everywhere. `listed` (m,) tells which segments have all their joint choices in rows: those with
    more than `MOST` have the first row alone. `stride` (n,) is what each option adds to the number
    of its segment's row, so that the row of a joint choice is a sum over its options. `row` and
    `option` (p,) are pairs of a row and an option taken there, sorted by row.
    """

    first: Integers
    listed: Booleans
    stride: Integers
    row: Integers
    option: Integers

    @classmethod
    def of(cls, first: Integers, segment: Integers, segments: int) -> Self:
        """Return the joint choices of decisions whose options begin at `first`, of `segment`."""
        sizes = np.diff(first)
        number = np.ones(segments)
        np.multiply.at(number, segment, sizes)
        listed = number <= MOST
        rows = np.where(listed, number, 1).astype(np.int64)
        begin = np.concatenate([[0], np.cumsum(rows)])
        steps = _strides(sizes, segment)
        parts = [
            (begin[s] + np.arange(rows[s]), here + np.arange(rows[s]) // step % size)
            for here, size, step, s in zip(first[:-1], sizes, steps, segment, strict=True)
            if listed[s]
        ]
        empty = (np.zeros(0, dtype=np.int64),) * 2
        row, option = (np.concatenate(part) for part in zip(*parts, empty, strict=True))
        order = np.lexsort((option, row))
        place = np.arange(first[-1]) - np.repeat(first[:-1], sizes)
        stride = place * np.repeat(np.where(listed[segment], steps, 0), sizes)
        return cls(begin, listed, stride, row[order], option[order])

    @property
    def segment(self) -> Integers:
        """The segment of each row, (R,)."""
        return np.repeat(np.arange(len(self.listed)), np.diff(self.first))

    def sums(self, of_options: Array) -> Array:
        """Return the sum over the options of each row, (R, ...), of what options have, (n, ...)."""
        totals = np.zeros((self.first[-1], *of_options.shape[1:]))
        np.add.at(totals, self.row, of_options[self.option])
        return totals

    def options(self) -> list[Integers]:
        """Return the options taken in each row, R arrays."""
        bounds = np.searchsorted(self.row, np.arange(self.first[-1] + 1))
        return [self.option[begin:end] for begin, end in pairwise(bounds.tolist())]


def _strides(sizes: Integers, segment: Integers) -> Integers:
    """Return the product of the sizes of each decision's earlier ones in its segment, (d,)."""
    strides = np.ones(len(sizes), dtype=np.int64)
    for i in range(1, len(sizes)):
        if segment[i] == segment[i - 1]:
            # Beyond the limit the strides are not used: they must only not overflow.
            strides[i] = min(strides[i - 1] * sizes[i - 1], 2 * MOST)
    return strides
