"""The weight of judges without labels, and their scores of candidates on one scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.utility import by_answer
from ensemble.types import Array

_FARTHEST = 3.0  # standard deviations; scores are clipped there
_TINY = 1e-12


class JudgeSums(NamedTuple):
    """Sums over the segments that a judge scored, of how far scores and votes are from their means.

    `outputs` counts scores and `segments` segments; `spread` sums squares of scores; `votes` those
    of the votes that each scored output shares; `both` sums the products of the two, and `varied`
    the squares of those products by segment.
    """

    segments: float = 0.0
    outputs: float = 0.0
    spread: float = 0.0
    votes: float = 0.0
    both: float = 0.0
    varied: float = 0.0

    @property
    def deviation(self) -> float:
        """The standard deviation of scores within segments, 0 where a judge tells none apart."""
        return sqrt(self.spread / self.outputs) if self.outputs else 0.0

    @property
    def weight(self) -> float:
        """The correlation of scores with votes, from 0 to 1, less what may be due to chance.

        With t standard errors between the correlation and 0, a share of 1 / t**2 is taken off
        (James & Stein 1961), so that a judge that scores at random, or against the votes, has none.
        """
        error = sqrt(max(self.varied, _TINY))
        t = self.both / error
        if t <= 1 or self.spread * self.votes <= 0:
            return 0.0
        return float(self.both / sqrt(self.spread * self.votes) * (1 - 1 / t**2))


@dataclass(frozen=True)
class JudgeCounts:
    """Sums about judges that need no labels, by judge; they add up over parts of the segments."""

    sums: Mapping[str, JudgeSums] = field(default_factory=dict)

    @classmethod
    def of(cls, ballots: Sequence[Ballot]) -> "JudgeCounts":
        """Count over `ballots`, of one kind."""
        counts = cls()
        for ballot in ballots:
            if ballot.scores:
                counts += _of_one(ballot)
        return counts

    def __add__(self, other: "JudgeCounts") -> "JudgeCounts":
        """Return the counts of both, over the judges of either."""
        names = sorted({*self.sums, *other.sums})
        nothing = JudgeSums()
        return JudgeCounts({
            name: JudgeSums(*np.add(self.sums.get(name, nothing), other.sums.get(name, nothing)))
            for name in names
        })  # fmt: skip

    def scaled(self, most: float) -> "JudgeCounts":
        """Return counts of the same proportions, for at most `most` outputs of each judge."""
        return JudgeCounts({
            name: JudgeSums(*np.multiply(sums, min(1.0, most / max(sums.outputs, 1.0))))
            for name, sums in self.sums.items()
        })  # fmt: skip

    @property
    def names(self) -> tuple[str, ...]:
        """The judges, sorted."""
        return tuple(sorted(self.sums))

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each judge without labels, from 0 to 1: see `JudgeSums.weight`."""
        return {name: self.sums[name].weight for name in self.names}

    def standardised(self, ballots: Sequence[Ballot]) -> Array:
        """Return how good each judge finds each of the n candidates of `ballots`, (n, judges).

        It is the mean over a candidate's voters of how far their outputs' scores are above the
        mean of the segment, in the judge's standard deviations; 0 where nothing is known.
        """
        place = {name: k for k, name in enumerate(self.names)}
        if not place:  # as mostly
            return np.zeros((sum(len(ballot.candidates) for ballot in ballots), 0))
        rows = []
        for ballot in ballots:
            row = np.zeros((len(ballot.candidates), len(place)))
            for judge in ballot.scores.keys() & place.keys():
                row[:, place[judge]] = self._of_candidates(ballot, judge)
            rows.append(row)
        return np.concatenate([*rows, np.zeros((0, len(place)))])

    def _of_candidates(self, ballot: Ballot, judge: str) -> Array:
        given, deviation = ballot.scores[judge], self.sums[judge].deviation
        if not given or deviation <= 0:
            return np.zeros(len(ballot.candidates))
        mean = sum(given.values()) / len(given)
        apart = {name: (score - mean) / deviation for name, score in given.items()}
        known = [[apart[v] for v in c.voters if v in apart] for c in ballot.candidates]
        values = [sum(scores) / len(scores) if scores else 0.0 for scores in known]
        return np.clip(values, -_FARTHEST, _FARTHEST)

    def settling(self, judged: Array) -> Array:
        """Return how judges together rate candidates, (n,), from 0 to 1; a half is neutral.

        `judged` (n, judges) is from `standardised`; judges weigh as they agree with the votes.
        """
        weights = np.array([self.sums[name].weight for name in self.names])
        mean = judged @ weights / max(float(weights.sum()), _TINY)
        return np.asarray((1 + np.tanh(mean / 2)) / 2)


NO_JUDGES = JudgeCounts()
"""The counts where no judge is known."""


def _of_one(ballot: Ballot) -> JudgeCounts:
    """Return the counts of one segment."""
    shared, sums = _votes(ballot), {}
    for judge, given in ballot.scores.items():
        if given:
            scores = np.array(list(given.values()))
            votes = np.array([float(shared.get(name, 0)) for name in given])
            scores, votes = scores - scores.mean(), votes - votes.mean()
            both = float(scores @ votes)
            squares = float(scores @ scores), float(votes @ votes)
            sums[judge] = JudgeSums(1.0, float(len(given)), *squares, both, both**2)
    return JudgeCounts(sums)


def _votes(ballot: Ballot) -> dict[str, int]:
    """Return how many systems gave the answer or label of each.

    An output of several edits has no votes of its own.
    """
    if ballot.kind == "edits":
        return {}
    candidates = by_answer(ballot).candidates if ballot.kind == "texts" else ballot.candidates
    return {name: len(c.voters) for c in candidates for name in c.voters}
