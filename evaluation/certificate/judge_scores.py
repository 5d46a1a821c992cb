"""A judge's scores of outputs, of which one may be scored repeatedly."""

from dataclasses import dataclass

import numpy as np

from evaluation.errors import InputError
from evaluation.types import Array, Integers

MOST_ITEMS = 2**24
"""Pairs of a system and a segment, missing ones included: 128 MiB for each figure of an item."""


@dataclass(frozen=True, eq=False)
class JudgeScores:
    """A judge's scores of `systems` on `segments`, one a row; an item may be scored repeatedly.

    `system` and `segment` are indices; they and the other columns have the shape (rows,). Columns
    that the table lacks are `None`; a missing number is NaN.
    """

    judge: str
    systems: tuple[str, ...]
    segments: tuple[str, ...]
    system: Integers
    segment: Integers
    score: Array
    family: tuple[str, ...] | None = None
    position: Array | None = None
    length: Array | None = None

    @property
    def item(self) -> Integers:
        """The number of each row's item: the place in a flattened (systems, segments) array."""
        return self.system * len(self.segments) + self.segment

    def mean(self, values: Array) -> Array:
        """Return the mean of rows' values over the repeats of an item, (systems, segments)."""
        known = ~np.isnan(values)
        size = len(self.systems) * len(self.segments)
        n = np.bincount(self.item[known], minlength=size)
        total = np.bincount(self.item[known], values[known], minlength=size)
        mean = total / np.where(n > 0, n, np.nan)
        return np.asarray(mean.reshape(len(self.systems), len(self.segments)))

    def repeats(self) -> Array:
        """Return the scores as (repeats, systems, segments), NaN where there are fewer.

        Repeats of an item are sorted, so that the order of the rows does not matter.

        Raises:
            InputError: there would be more than `MOST_ITEMS` values.
        """
        order = np.lexsort((self.score, self.item))
        items, first, n = np.unique(self.item[order], return_index=True, return_counts=True)
        size = len(self.systems) * len(self.segments)
        if (values := int(n.max()) * size) > MOST_ITEMS:
            counted = f"{n.max()} repeats of {size:,} items make {values:,} values"
            raise InputError("too-large", f"{counted}; the limit is {MOST_ITEMS:,}")
        place = np.arange(len(order)) - np.repeat(first, n)
        scores = np.full((int(n.max()), size), np.nan)
        scores[place, np.repeat(items, n)] = self.score[order]
        return scores.reshape(-1, len(self.systems), len(self.segments))
