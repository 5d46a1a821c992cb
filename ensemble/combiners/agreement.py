"""A vote in which each system weighs as much as it agrees with the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from ensemble.candidates import Ballot
from ensemble.combiners.base import Counting, Verdict
from ensemble.combiners.registry import register
from ensemble.combiners.voting import fitted, rounded, share_by_system, vote
from ensemble.competence import Profile
from evaluation.reporting.table import sign


@register("agreement", kinds=("edits", "labels", "texts"))
@dataclass(frozen=True)
class AgreementVote(Counting):
    """A vote in which a system weighs as much as it agrees with the others, over all segments.

    Take what has at least half the weight of the systems that answered; two systems must
    agree. A system that answers at random weighs next to nothing, and where an even number of
    systems is split in halves, the half that usually agrees with the others wins.
    """

    weights: Mapping[str, float] | None = None
    originals: Mapping[str, float] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """The weight of each system."""
        return sign(self.name, {"weights": rounded(self.weights or {})})

    @property
    def tie_weights(self) -> Mapping[str, float]:
        """The weight of each system for a whole vote, which its copies share."""
        weights = self.weights or {}
        return {name: weight / self.votes.get(name, 1.0) for name, weight in weights.items()}

    @property
    def votes(self) -> Mapping[str, float]:
        """One vote for each system, which its copies share."""
        return self.originals

    def statistics(self, ballots: Sequence[Ballot]) -> Profile:
        """Return who agrees with whom."""
        return Profile.of(ballots)

    def from_statistics(self, statistics: Profile) -> Self:
        """Return a vote whose weights are the systems' agreement, where twins share one vote."""
        return replace(self, weights=statistics.weights, originals=statistics.votes)

    def weight(self, system: str) -> float:
        """Return the agreement of `system` with the others, from 0 to 1; less for a twin."""
        return fitted(self.name, self.weights).get(system, 0.0)

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return each candidate's share of the weight of the systems that answered."""
        return vote(ballot, share_by_system(ballot, self.weight))
