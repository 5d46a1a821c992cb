"""Ballots as arrays, so that any of many coalitions of systems is scored in milliseconds.

A coalition is combined as by default (`ensemble.combiners.registry.USUAL`): by the vote for edits
and labels, by minimum Bayes risk for texts, which are seldom identical.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise

import numpy as np
from fastchrf import pairwise_chrf

from ensemble.candidates import Ballot, Candidate, Kind
from ensemble.competence import systems_of
from ensemble.decoding.compatible import overlap
from ensemble.targets import Targets
from ensemble.training.cross_validation import YARDSTICKS, Yardstick
from ensemble.types import Array, Booleans, Integers

COMBINERS: dict[Kind, str] = {"edits": "vote", "labels": "vote", "texts": "mbr"}
"""The combiner of each kind of output here."""


@dataclass(frozen=True, eq=False)
class Pool:
    """The proposals of s systems for m segments: n candidates in all.

    `votes` (s, n) has who proposed what, `present` (s, m) who answered, `segment` (n,) the segment
    of each candidate. `values` (n,) and `gold` (m,) are those of `Targets`, NaN where unknown.
    """

    ballots: tuple[Ballot, ...]
    systems: tuple[str, ...]
    votes: Booleans
    present: Booleans
    segment: Integers
    values: Array
    gold: Array

    @classmethod
    def of(cls, ballots: Sequence[Ballot], targets: Targets | None = None) -> "Pool":
        """Return the pool of `ballots`, which are of one kind.

        Raises:
            ValueError: the ballots are empty, of fewer than two systems, or have too few targets.
        """
        systems = tuple(systems_of(ballots))
        if len(systems) < 2:
            raise ValueError(f"{len(systems)} systems answered; complementarity needs two")
        if targets is not None and len(targets) != len(ballots):
            raise ValueError(f"{len(targets)} targets for {len(ballots)} segments")
        candidates = list(chain.from_iterable(ballot.candidates for ballot in ballots))
        votes = [[name in c.voters for c in candidates] for name in systems]
        present = [[name in ballot.systems for ballot in ballots] for name in systems]
        sizes = [len(ballot.candidates) for ballot in ballots]
        return cls(
            tuple(ballots),
            systems,
            np.array(votes, dtype=bool),
            np.array(present, dtype=bool),
            np.repeat(np.arange(len(ballots)), sizes),
            np.full(len(candidates), np.nan) if targets is None else targets.flat,
            np.full(len(ballots), np.nan) if targets is None else targets.gold,
        )

    @property
    def kind(self) -> Kind:
        """The kind of all the ballots."""
        return self.ballots[0].kind

    @property
    def yardstick(self) -> Yardstick:
        """The metric for this kind of output."""
        return YARDSTICKS[self.kind]

    @property
    def candidates(self) -> list[Candidate]:
        """All candidates, shape (n,)."""
        return list(chain.from_iterable(ballot.candidates for ballot in self.ballots))

    @property
    def labelled(self) -> bool:
        """Whether there are labels."""
        return bool(np.isfinite(self.gold).any())

    def part(self, rows: Integers) -> "Pool":
        """Return the pool of the segments `rows`, each of which occurs once."""
        place = np.full(len(self.ballots), -1)
        place[rows] = np.arange(len(rows))
        chosen = np.flatnonzero(place[self.segment] >= 0)
        chosen = chosen[np.argsort(place[self.segment[chosen]], kind="stable")]
        return replace(
            self,
            ballots=tuple(self.ballots[row] for row in rows.tolist()),
            votes=self.votes[:, chosen],
            present=self.present[:, rows],
            segment=place[self.segment[chosen]],
            values=self.values[chosen],
            gold=self.gold[rows],
        )

    def combined(self, members: Sequence[int]) -> Array:
        """Return each segment's counts, as `oracle` has them, for the combined output of `members`.

        Thousands of coalitions vote, so edits are accepted by half of the votes alone: rules on
        edits that touch, or on other changes of the same words, are left out.
        """
        return self._counts(self.taken(members))

    def oracle(self, members: Sequence[int]) -> Array:
        """Return each segment's counts if the best proposals of `members` are taken.

        Edits, shape (m, 3): right, made and gold ones, every right edit taken and no wrong one.
        Texts and labels, shape (m, 2): the best score, and 1.
        """
        proposed = self.votes[list(members)].any(axis=0) & np.isfinite(self.values)
        if self.kind == "edits":
            counts = self._counts(self._apart(proposed & (self.values > 0)))
            counts[:, 0] = counts[:, 1] = np.minimum(counts[:, 0], counts[:, 2])
            return counts
        best = np.full(len(self.ballots), -np.inf)
        np.maximum.at(best, self.segment[proposed], self.values[proposed])
        known = np.isfinite(best)
        return np.stack([np.where(known, best, 0), known], axis=1).astype(np.float64)

    def alone(self, member: int) -> Array:
        """Return each segment's counts for one system's own output."""
        return self._counts(self.votes[member])

    def score(self, counts: Array) -> float:
        """Return the score of segments' counts."""
        return float(self.yardstick.statistic(counts.sum(axis=0)))

    def taken(self, members: Sequence[int]) -> Booleans:
        """Return which candidates the combination of `members` takes, shape (n,)."""
        chosen = list(members)
        count = self.votes[chosen].sum(axis=0)
        if self.kind == "edits":
            answered = self.present[chosen].sum(axis=0)
            # As in the vote: half is enough, but two systems must agree.
            needed = np.where(answered == 2, 2, np.maximum((answered + 1) // 2, 1))
            return self._apart(count >= needed[self.segment])
        utility = self._expected(count) if self.kind == "texts" else count.astype(np.float64)
        return self._first_of_best(np.where(count > 0, utility, -np.inf), count)

    def _apart(self, taken: Booleans) -> Booleans:
        """Remove from `taken`, in place, what overlaps an earlier candidate that is taken."""
        later, earlier = self._conflicts
        both = taken[later] & taken[earlier]
        for later_edit, earlier_edit in zip(
            later[both].tolist(), earlier[both].tolist(), strict=True
        ):
            if taken[later_edit]:
                taken[earlier_edit] = False
        return taken

    @cached_property
    def _conflicts(self) -> tuple[Integers, Integers]:
        """Pairs of candidates that cannot both be taken, the earlier and the later one."""
        edits, pairs = [c.edit for c in self.candidates], []
        bounds = np.searchsorted(self.segment, np.arange(len(self.ballots) + 1))
        for begin, end in pairwise(bounds.tolist()):
            for j in range(begin, end):
                pairs += [(i, j) for i in range(begin, j) if overlap(edits[i], edits[j])]
        conflicts = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return conflicts[:, 0], conflicts[:, 1]

    @cached_property
    def _utilities(self) -> list[Array]:
        """The chrF of each text against each other of its segment, a matrix a segment."""
        texts = [[c.replacement for c in ballot.candidates] for ballot in self.ballots]
        return [
            np.array(pairwise_chrf([row], [row])[0]) if row else np.zeros((0, 0)) for row in texts
        ]

    def _expected(self, count: Integers) -> Array:
        bounds = np.searchsorted(self.segment, np.arange(len(self.ballots) + 1))
        parts = [
            table @ count[begin:end] / (100 * max(1, count[begin:end].sum()))
            for table, (begin, end) in zip(self._utilities, pairwise(bounds.tolist()), strict=True)
        ]
        return np.concatenate([*parts, np.zeros(0)])

    def _first_of_best(self, utility: Array, count: Integers) -> Booleans:
        """Return the best candidate of each segment; of equals by votes, then order."""
        # Sorted by segment, then utility, then votes, then position.
        order = np.lexsort((np.arange(len(utility)), -count, -utility, self.segment))
        first = order[np.unique(self.segment[order], return_index=True)[1]]
        taken = np.zeros(len(utility), dtype=bool)
        taken[first[np.isfinite(utility[first])]] = True
        return taken

    def _counts(self, taken: Booleans) -> Array:
        m = len(self.ballots)
        known = taken & np.isfinite(self.values)
        right = np.bincount(self.segment[known], self.values[known], minlength=m)
        made = np.bincount(self.segment[known], minlength=m)
        if self.kind == "edits":
            return np.stack([right, made, self.gold], axis=1)
        return np.stack([right, made], axis=1).astype(np.float64)
