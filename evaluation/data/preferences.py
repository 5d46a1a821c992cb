"""Preferences between the outputs of two systems, with ties: the record, also of rankings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.data.rankings import Rankings
from evaluation.types import Array, Booleans, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Preferences:
    """Comparisons of the outputs of two of `systems` on one of `segments`, each by one of `raters`.

    `segment`, `rater`, `first` and `second` are indices of shape (n,): `first` is the system whose
    output was shown first, or on the left. `preferred` is 1 where it was preferred, -1 where the
    second was, and 0 in a tie. `lengths`, shape (n, 2), are those of the two outputs, NaN where
    unknown. Without `has_positions`, the order of the two says nothing. `unanswered` counts
    comparisons without a winner, which are left out.

    Raises:
        ValueError: the shapes differ, or a system is compared with itself.
    """

    systems: tuple[str, ...]
    segments: tuple[str, ...]
    raters: tuple[str, ...]
    segment: Integers
    rater: Integers
    first: Integers
    second: Integers
    preferred: Integers
    lengths: Array | None = None
    has_positions: bool = True
    unanswered: int = 0

    def __post_init__(self) -> None:
        columns = self.segment, self.rater, self.first, self.second, self.preferred
        shapes = {column.shape for column in columns}
        if shapes != {(len(self.first),)}:
            raise ValueError(f"columns of the shapes {sorted(shapes)}; all must be (n,)")
        if self.lengths is not None and self.lengths.shape != (len(self.first), 2):
            raise ValueError(f"lengths of shape {self.lengths.shape} for {len(self)} comparisons")
        if (self.first == self.second).any():
            raise ValueError("a system is compared with itself")

    def __len__(self) -> int:
        return len(self.first)

    def of(self, rows: Booleans | Integers) -> "Preferences":
        """Return the comparisons in some rows; the names stay the same."""
        lengths = None if self.lengths is None else self.lengths[rows]
        columns = self.segment, self.rater, self.first, self.second, self.preferred
        segment, rater, first, second, preferred = (column[rows] for column in columns)
        return replace(
            self,
            segment=segment,
            rater=rater,
            first=first,
            second=second,
            preferred=preferred,
            lengths=lengths,
        )

    def among(self, systems: Sequence[str]) -> "Preferences":
        """Return the comparisons between `systems` alone, which are numbered in this order."""
        index = {name: i for i, name in enumerate(systems)}
        place = np.array([index.get(name, -1) for name in self.systems], dtype=np.int64)
        kept = self.of((place[self.first] >= 0) & (place[self.second] >= 0))
        numbered = place[kept.first], place[kept.second]
        return replace(kept, systems=tuple(systems), first=numbered[0], second=numbered[1])

    def swapped(self) -> "Preferences":
        """Return the same comparisons as if each had been shown in the other order."""
        lengths = None if self.lengths is None else self.lengths[:, ::-1]
        return replace(
            self,
            first=self.second,
            second=self.first,
            preferred=-self.preferred,
            lengths=lengths,
        )

    def negated(self) -> "Preferences":
        """Return the same comparisons with the other output preferred."""
        return replace(self, preferred=-self.preferred)

    def on(self, segments: Sequence[int]) -> "Preferences":
        """Return the comparisons on the segments at these indices, numbered in this order."""
        place = np.full(len(self.segments), -1, dtype=np.int64)
        place[list(segments)] = np.arange(len(segments))
        kept = self.of(place[self.segment] >= 0)
        names = tuple(self.segments[i] for i in segments)
        return replace(kept, segments=names, segment=place[kept.segment])

    def renumbered(self, segment: Integers, segments: Sequence[str]) -> "Preferences":
        """Return the comparisons with other names of segments, and the index of each, (n,)."""
        return replace(self, segment=segment, segments=tuple(segments))

    def points(self) -> Array:
        """Return wins, ties and losses of each system, shape (systems, 3)."""
        counts = np.zeros((len(self.systems), 3))
        for system, sign in ((self.first, 1), (self.second, -1)):
            np.add.at(counts, (system, 1 - sign * self.preferred), 1)
        return counts

    def pair_counts(self) -> Integers:
        """Return how often each two systems were compared, shape (systems, systems)."""
        s = len(self.systems)
        counts = np.bincount(self.first * s + self.second, minlength=s * s).reshape(s, s)
        return np.asarray(counts + counts.T)


def preferences_of(rankings: Rankings) -> Preferences:
    """Return the pairs of systems that rankings compare; the order of the two says nothing."""
    ranking, first, second, tie = rankings.pairs().T
    segments, segment = np.unique(rankings.segments, return_inverse=True)
    raters, rater = np.unique(rankings.judges, return_inverse=True)
    return Preferences(
        rankings.systems,
        tuple(map(str, segments)),
        tuple(map(str, raters)),
        segment[ranking],
        rater[ranking],
        first,
        second,
        1 - tie,
        has_positions=False,
    )
