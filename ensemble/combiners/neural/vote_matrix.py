"""Matrices of votes for and against each candidate, weighted by competence, and features of them.

Systems are weighted by their profile, so nothing depends on the order of systems or changes when
one is given twice. Nothing looks beyond its own segment.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ensemble.candidates import Ballot
from ensemble.combiners.judges import NO_JUDGES, JudgeCounts
from ensemble.competence import Profile
from ensemble.types import Array, Booleans, Integers

Columns = dict[str, NDArray[Any]]

_NEARBY = 2  # tokens


class VoteMatrix:
    """The votes of s systems on n candidates of m ballots, as arrays.

    `votes` (n, s) and `present` (m, s) have a 1 where a system voted for a candidate, or answered
    at all; `voting` (n, s) and `heads` (m,) count twins as one. `share` (n,) is the share of all
    weight that is behind a candidate, `raised` (n,) that of all heads, `enough` (n,) the share that
    is needed, `segment` (n,) the ballot's number. `judged` (n, judges) is how good each judge finds
    a candidate, and `settling` (n,) how they rate it together.
    """

    def __init__(
        self, ballots: Sequence[Ballot], profile: Profile, judges: JudgeCounts = NO_JUDGES
    ) -> None:
        candidates = list(chain.from_iterable(ballot.candidates for ballot in ballots))
        sizes = [len(ballot.candidates) for ballot in ballots]
        self.segment = segment = np.repeat(np.arange(len(ballots)), sizes)
        self.ballots, self.candidates, self.profile = ballots, candidates, profile
        self.systems = {name: i for i, name in enumerate(profile.systems)}
        self.weights = np.array([profile.weights[name] for name in profile.systems])
        self.present = self._matrix([ballot.systems for ballot in ballots])
        self.votes = self._matrix([candidate.voters for candidate in candidates])
        # Twins share one vote: each counts as its uniqueness.
        self.voting, self.heads = self.votes * profile.uniqueness, self.present @ profile.uniqueness
        self.tokens = np.array([len(ballot.tokens) for ballot in ballots])[segment]
        spans = [(c.edit.start, c.edit.end) for c in candidates]
        self.start, self.end = np.array(spans, dtype=np.int64).reshape(-1, 2).T
        # As in any vote here: half is enough, but two systems must agree.
        half = np.where([len(ballot.systems) == 2 for ballot in ballots], 0.75, 0.5)
        self.enough = half[segment]
        self.total = self.present @ self.weights
        self.share = ratio(self.votes @ self.weights, self.total[segment])
        self.raised = ratio(self.voting.sum(axis=1), self.heads[segment])
        self.judged = judges.standardised(ballots)
        self.settling = judges.settling(self.judged)

    def _matrix(self, names: Sequence[Sequence[str]]) -> Array:
        """Return 1 where a row names a system; systems that the profile lacks are left out."""
        matrix = np.zeros((len(names), len(self.systems)))
        for row, row_names in zip(matrix, names, strict=True):
            row[[self.systems[name] for name in row_names if name in self.systems]] = 1.0
        return matrix

    @property
    def parts(self) -> Array:
        """The share of each system among those that answered: (n, s)."""
        # The tiny minimum avoids 0 / 0 where only unknown systems answered.
        of_all = self.present * self.profile.uniqueness / np.maximum(self.heads, 1e-12)[:, None]
        return np.asarray(of_all[self.segment])

    @property
    def voices(self) -> Array:
        """How far each system votes for each candidate, beyond the share it has: (n, s)."""
        beyond = (self.votes - self.share[:, None]) * self.present[self.segment]
        return np.asarray(beyond * self.profile.uniqueness)

    def pairs(self) -> tuple[Integers, Integers, Booleans]:
        """Return the pairs of candidates that are close in one segment, and whether they overlap.

        Each pair comes in both orders. One system's edits do not overlap, so there are at most
        about as many pairs as candidates times systems.
        """
        # Candidates are in order of segment and start: those within reach follow at once.
        stride = int(self.end.max(initial=0)) + _NEARBY + 1
        starts = self.segment * stride + self.start
        reach = np.searchsorted(starts, self.segment * stride + self.end + _NEARBY, side="right")
        numbers = np.arange(len(starts))
        count = np.maximum(reach - numbers - 1, 0)
        first = np.repeat(numbers, count)
        steps = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
        second = first + 1 + steps
        left, right = np.concatenate([[first, second], [second, first]], axis=1)
        insertions = (self.start == self.end)[left] & (self.start == self.end)[right]
        same = self.start[left] == self.start[right]
        apart = (self.start[left] >= self.end[right]) | (self.start[right] >= self.end[left])
        return left, right, np.where(insertions, same, ~apart)


def support(matrix: VoteMatrix) -> Columns:
    """Return the features of n candidates that depend on the votes, one column (n,) a name."""
    return {**_beside(matrix), **_voters(matrix), **_sentence(matrix)}


def _beside(matrix: VoteMatrix) -> Columns:
    """Return how strong each candidate is, and its rivals and neighbours."""
    n, share, segment = len(matrix.share), matrix.share, matrix.segment
    left, right, overlapping = matrix.pairs()
    first, rival = left[overlapping], right[overlapping]
    near, neighbour = left[~overlapping], right[~overlapping]
    against = np.zeros_like(matrix.votes)
    np.add.at(against, first, matrix.votes[rival])
    touched = share + ratio((against > 0) @ matrix.weights, matrix.total[segment])
    strongest = _largest(n, first, share[rival])
    return {
        "share": share,
        "share of heads": matrix.raised,
        "share squared": share**2,
        "strongest rival": strongest,
        "contested": strongest > 0,
        "share that touches": touched,
        "share of those that touch": ratio(share, touched),
        "rivals": np.bincount(first, minlength=n),
        "strongest neighbour": _largest(n, near, share[neighbour]),
        "neighbours": np.bincount(near, minlength=n),
    }


def _voters(matrix: VoteMatrix) -> Columns:
    """Return how good the systems for and against a candidate are, and how much they change."""
    agreement, voting = matrix.profile.agreement, matrix.voting
    best = (matrix.present * agreement).max(axis=1, initial=1e-9)[matrix.segment]
    skill = agreement / best[:, None]
    silent = (matrix.present[matrix.segment] - matrix.votes) * matrix.profile.uniqueness
    made, company = np.zeros((2, *matrix.present.shape))
    np.add.at(made, matrix.segment, matrix.votes)
    np.add.at(company, matrix.segment, matrix.votes * matrix.share[:, None])
    beside, elsewhere = company[matrix.segment] - matrix.share[:, None], made[matrix.segment] - 1
    edits = ratio((matrix.present * matrix.profile.uniqueness * made).sum(axis=1), matrix.heads)
    return {
        "best voter": np.where(voting > 0, skill, 0).max(axis=1, initial=0),
        "worst voter": np.where(voting > 0, skill, 1).min(axis=1, initial=1),
        "mean voter": ratio((voting * skill).sum(axis=1), voting.sum(axis=1)),
        "best other": np.where(silent > 0, skill, 0).max(axis=1, initial=0),
        "mean other": ratio((silent * skill).sum(axis=1), silent.sum(axis=1)),
        "voters": np.log1p(voting.sum(axis=1)),
        "edits of voters": np.log1p(
            ratio((voting * made[matrix.segment]).sum(axis=1), voting.sum(axis=1))
        ),
        "edits of all": np.log1p(edits)[matrix.segment],
        "company": ratio((voting * beside).sum(axis=1), (voting * elsewhere).sum(axis=1), 0.5),
    }


def _sentence(matrix: VoteMatrix) -> Columns:
    """Return how much is changed in the whole segment."""
    segment, segments = matrix.segment, len(matrix.present)
    accepted = np.bincount(segment, matrix.share >= 0.5, segments)
    proposed = np.bincount(segment, minlength=segments)
    weight = np.bincount(segment, matrix.share, segments)
    tokens = np.maximum(matrix.tokens, 1)
    return {
        "accepted": np.log1p(accepted)[segment],
        "density": proposed[segment] / tokens,
        "weight": weight[segment] / tokens,
    }


def _largest(n: int, places: Integers, values: Array) -> Array:
    """Return the largest of `values` at each of n places; 0 at a place without values."""
    largest = np.zeros(n)
    np.maximum.at(largest, places, values)
    return largest


def ratio(numerator: Array, denominator: Array, otherwise: float = 0.0) -> Array:
    """Return `numerator / denominator`, and `otherwise` where the denominator is 0."""
    denominator = np.asarray(denominator, dtype=np.float64)
    quotient: Array = np.full(denominator.shape, otherwise)
    np.divide(numerator, denominator, out=quotient, where=denominator > 1e-12)
    return quotient
