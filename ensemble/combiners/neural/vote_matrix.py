"""Who is behind each candidate and who stands against it, weighed by what their voices count.

Everything about the systems is weighed by their profile, so that no number depends on the
order of systems or changes when one is given twice. No number looks beyond its own segment.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ensemble.candidates import Ballot
from ensemble.competence import Profile

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]

_NEARBY = 2  # tokens


class Poll:
    """Who voted for what on n candidates of m ballots, as arrays, with s systems.

    `votes` (n, s) and `present` (m, s) have a 1 where a system voted for a candidate, or
    answered at all; `voting` (n, s) and `heads` (m,) count twins as one. `share` (n,) is the
    part of all weight that is behind each, `raised` (n,) that of all heads, `enough` (n,) the
    part that is needed, `segment` (n,) the ballot's number.
    """

    def __init__(self, ballots: Sequence[Ballot], profile: Profile) -> None:
        candidates = list(chain.from_iterable(ballot.candidates for ballot in ballots))
        sizes = [len(ballot.candidates) for ballot in ballots]
        self.segment = segment = np.repeat(np.arange(len(ballots)), sizes)
        self.ballots, self.candidates, self.profile = ballots, candidates, profile
        self.systems = {name: i for i, name in enumerate(profile.systems)}
        self.weights = np.array([profile.weights[name] for name in profile.systems])
        self.present = self._matrix([ballot.systems for ballot in ballots])
        self.votes = self._matrix([candidate.voters for candidate in candidates])
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

    def _matrix(self, names: Sequence[Sequence[str]]) -> Array:
        """Return 1 where a row names a system; those the profile has not seen are left out."""
        matrix = np.zeros((len(names), len(self.systems)))
        for row, some in zip(matrix, names, strict=True):
            row[[self.systems[name] for name in some if name in self.systems]] = 1.0
        return matrix

    @property
    def parts(self) -> Array:
        """The part of each system among the heads that answered: (n, s)."""
        of_all = self.present * self.profile.uniqueness / np.maximum(self.heads, 1e-12)[:, None]
        return np.asarray(of_all[self.segment])

    @property
    def voices(self) -> Array:
        """How far each system speaks for each candidate, beyond the share it has: (n, s)."""
        beyond = (self.votes - self.share[:, None]) * self.present[self.segment]
        return np.asarray(beyond * self.profile.uniqueness)

    def pairs(self) -> tuple[Places, Places, NDArray[np.bool_]]:
        """Return the candidates of one segment that lie together, and whether they overlap.

        Each pair comes both ways round. A system's own edits lie apart, so there are at most
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
        one, other = np.concatenate([[first, second], [second, first]], axis=1)
        insertions = (self.start == self.end)[one] & (self.start == self.end)[other]
        same = self.start[one] == self.start[other]
        apart = (self.start[one] >= self.end[other]) | (self.start[other] >= self.end[one])
        return one, other, np.where(insertions, same, ~apart)


def support(poll: Poll) -> Columns:
    """Return who is behind each of n candidates and what else there is, a column (n,) a name."""
    return {**_beside(poll), **_voters(poll), **_sentence(poll)}


def _beside(poll: Poll) -> Columns:
    """Return how strong each candidate is, and its rivals and neighbours."""
    n, share, segment = len(poll.share), poll.share, poll.segment
    one, other, overlapping = poll.pairs()
    first, rival = one[overlapping], other[overlapping]
    near, neighbour = one[~overlapping], other[~overlapping]
    against = np.zeros_like(poll.votes)
    np.add.at(against, first, poll.votes[rival])
    touched = share + ratio((against > 0) @ poll.weights, poll.total[segment])
    strongest = _largest(n, first, share[rival])
    return {
        "share": share,
        "share of heads": poll.raised,
        "share squared": share**2,
        "strongest rival": strongest,
        "contested": strongest > 0,
        "share that touches": touched,
        "share of those that touch": ratio(share, touched),
        "rivals": np.bincount(first, minlength=n),
        "strongest neighbour": _largest(n, near, share[neighbour]),
        "neighbours": np.bincount(near, minlength=n),
    }


def _voters(poll: Poll) -> Columns:
    """Return how good those for and against a candidate are, and how freely they change."""
    agreement, voting = poll.profile.agreement, poll.voting
    best = (poll.present * agreement).max(axis=1, initial=1e-9)[poll.segment]
    skill = agreement / best[:, None]
    silent = (poll.present[poll.segment] - poll.votes) * poll.profile.uniqueness
    made, company = np.zeros((2, *poll.present.shape))
    np.add.at(made, poll.segment, poll.votes)
    np.add.at(company, poll.segment, poll.votes * poll.share[:, None])
    beside, elsewhere = company[poll.segment] - poll.share[:, None], made[poll.segment] - 1
    edits = ratio((poll.present * poll.profile.uniqueness * made).sum(axis=1), poll.heads)
    return {
        "best voter": np.where(voting > 0, skill, 0).max(axis=1, initial=0),
        "worst voter": np.where(voting > 0, skill, 1).min(axis=1, initial=1),
        "mean voter": ratio((voting * skill).sum(axis=1), voting.sum(axis=1)),
        "best other": np.where(silent > 0, skill, 0).max(axis=1, initial=0),
        "mean other": ratio((silent * skill).sum(axis=1), silent.sum(axis=1)),
        "voters": np.log1p(voting.sum(axis=1)),
        "edits of voters": np.log1p(
            ratio((voting * made[poll.segment]).sum(axis=1), voting.sum(axis=1))
        ),
        "edits of all": np.log1p(edits)[poll.segment],
        "company": ratio((voting * beside).sum(axis=1), (voting * elsewhere).sum(axis=1), 0.5),
    }


def _sentence(poll: Poll) -> Columns:
    """Return how much is changed in the whole segment."""
    segment, segments = poll.segment, len(poll.present)
    accepted = np.bincount(segment, poll.share >= 0.5, segments)
    proposed = np.bincount(segment, minlength=segments)
    weight = np.bincount(segment, poll.share, segments)
    tokens = np.maximum(poll.tokens, 1)
    return {
        "accepted": np.log1p(accepted)[segment],
        "density": proposed[segment] / tokens,
        "weight": weight[segment] / tokens,
    }


def _largest(n: int, places: Places, values: Array) -> Array:
    """Return the largest of `values` at each of n places, 0 where there is none."""
    found = np.zeros(n)
    np.maximum.at(found, places, values)
    return found


def ratio(upper: Array, lower: Array, otherwise: float = 0.0) -> Array:
    """Return `upper / lower`, and `otherwise` where `lower` is 0."""
    lower = np.asarray(lower, dtype=np.float64)
    whole: Array = np.full(lower.shape, otherwise)
    np.divide(upper, lower, out=whole, where=lower > 1e-12)
    return whole
