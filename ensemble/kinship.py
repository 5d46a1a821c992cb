"""Families of systems that make the same mistakes, found without labels.

Good systems agree because they are right, and members of a family also where they are wrong. So
agreement is counted where a choice is contradicted by most of the other systems.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ensemble.candidates import Ballot
from ensemble.competence import systems_of
from ensemble.types import Array, Booleans

_FEWEST = 4  # systems: of three, only one is left to contradict a pair
_KIN = 0.5  # part of the contradicted labels, beyond that of the median pair
_ERRORS = 1.64  # standard errors that the part must be above `_KIN` by: one-sided 95%


@dataclass(frozen=True)
class Kinship:
    """Counts for each pair of systems (s, s), which add up over segments.

    `contradicted[i, j]` counts the labels of i that most of the systems other than i and j, two
    at least, contradict, where j answered too; `echoed[i, j]` those of them that j also made.
    """

    systems: tuple[str, ...]
    contradicted: Array
    echoed: Array

    @classmethod
    def of(cls, ballots: Sequence[Ballot]) -> "Kinship":
        """Count over `ballots` of labels."""
        systems = tuple(systems_of(ballots))
        place = {name: i for i, name in enumerate(systems)}
        contradicted, echoed = np.zeros((2, len(systems), len(systems)))
        for ballot in ballots:
            if any(len(c.voters) < len(ballot.systems) for c in ballot.candidates):
                rows = np.ix_(*2 * [[place[name] for name in ballot.systems]])
                against, same = _against(ballot)
                contradicted[rows] += against
                echoed[rows] += against & same
        return cls(systems, contradicted, echoed)

    def __add__(self, other: "Kinship") -> "Kinship":
        """Return the counts of both, over the systems of either."""
        systems = tuple(sorted({*self.systems, *other.systems}))
        counts = np.zeros((2, len(systems), len(systems)))
        for part in (self, other):
            places = np.array([systems.index(name) for name in part.systems], dtype=int)
            for count, seen in zip(counts, (part.contradicted, part.echoed), strict=True):
                count[np.ix_(places, places)] += seen
        return Kinship(systems, *counts)

    @cached_property
    def families(self) -> tuple[tuple[str, ...], ...]:
        """The families of two or more, each sorted: systems joined by pairs that surely echo."""
        related = self._related()
        families: list[set[int]] = []
        for i in range(len(self.systems)):
            joined = [f for f in families if any(related[i, j] for j in f)]
            families = [f for f in families if f not in joined] + [{i}.union(*joined)]
        named = [tuple(sorted(self.systems[i] for i in f)) for f in families if len(f) > 1]
        return tuple(sorted(named))

    def _related(self) -> Booleans:
        """Return which pairs echo each other for more than the good reason that both are right."""
        size = len(self.systems)
        if size < _FEWEST:
            return np.zeros((size, size), dtype=bool)
        met = self.contradicted + self.contradicted.T + 2
        part = (self.echoed + self.echoed.T + 1) / met
        usual = float(np.median(part[np.triu_indices(size, 1)]))
        low = part - _ERRORS * np.sqrt(part * (1 - part) / met)
        return np.asarray((low - usual > _KIN * (1 - usual)) & ~np.eye(size, dtype=bool))


def _against(ballot: Ballot) -> tuple[Booleans, Booleans]:
    """Return where the rest contradicts the label of i, and where j has the same: (s, s) each."""
    votes = np.array([[name in c.voters for name in ballot.systems] for c in ballot.candidates])
    mine, also = votes[:, :, None], votes[:, None, :]
    others = len(ballot.systems) - 2
    behind = votes.sum(axis=1)[:, None, None] - mine.astype(int) - also
    most = (2 * behind > others) & (behind >= 2)
    apart = ~np.eye(len(ballot.systems), dtype=bool)
    return (most & ~mine).any(axis=0) & apart, (mine & also).any(axis=0)
