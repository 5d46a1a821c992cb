"""The soft vote: the label that the systems find most probable on average."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum
from typing import Self

from ensemble.candidates import Ballot, Candidate
from ensemble.candidates.incomplete import Incomplete
from ensemble.combiners.base import Counting, Verdict
from ensemble.combiners.registry import register
from ensemble.combiners.settling import whole_settled
from ensemble.combiners.voting import agreement_on_whole_outputs, rounded
from ensemble.competence import Profile
from evaluation.reporting.table import sign


@register("soft-vote", kinds=("labels",), stateless=True)
@dataclass(frozen=True)
class SoftVote(Counting):
    """Take the label with the highest mean probability over the systems that answered.

    A system that gave a label without probabilities is certain of it: without any probabilities,
    this is the vote. `agreement`, which it learns, settles ties.
    """

    agreement: Mapping[str, float] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """The agreement that settles ties."""
        return sign(self.name, {"ties": rounded(self.agreement)} if self.agreement else {})

    @property
    def tie_weights(self) -> Mapping[str, float]:
        """How much each system agrees with the others."""
        return self.agreement

    def statistics(self, ballots: Sequence[Ballot]) -> Profile:
        """Return who agrees with whom."""
        return agreement_on_whole_outputs(ballots)

    def from_statistics(self, statistics: Profile) -> Self:
        """Return a soft vote that settles ties by who agrees more."""
        return replace(self, agreement=statistics.agreements)

    def settled(self, incomplete: Incomplete) -> bool:
        """Return whether the rest cannot change the outcome; false with class probabilities."""
        return whole_settled(incomplete, agreement=self.agreement)

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return the mean probability of each label; those of a segment sum to at most 1."""
        answered = max(len(ballot.systems), 1)
        return Verdict([_sum(candidate) / answered for candidate in ballot.candidates], 0.0)


def _sum(candidate: Candidate) -> float:
    """Return the sum of the probabilities that the systems give a label."""
    given = dict(candidate.probabilities)
    certain = sum(name not in given for name in candidate.voters)
    return fsum((certain, *given.values()))
