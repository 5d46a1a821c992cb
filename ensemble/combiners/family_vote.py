"""A vote in which systems that make the same mistakes share one vote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from ensemble.candidates import Ballot
from ensemble.combiners.base import Counting, Verdict
from ensemble.combiners.registry import register
from ensemble.combiners.voting import rounded, share_by_system, vote
from ensemble.competence import Profile
from ensemble.kinship import Kinship
from evaluation.reporting.table import sign


@dataclass(frozen=True)
class Counts:
    """The agreement of systems, and how often they echo what the others contradict."""

    profile: Profile
    kinship: Kinship

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both."""
        return Counts(self.profile + other.profile, self.kinship + other.kinship)


@register("family-vote", kinds=("labels",))
@dataclass(frozen=True)
class FamilyVote(Counting):
    """The vote, where the members of a family have one vote together (see `ensemble.kinship`).

    Where agreement does not tell a family from systems that are right, it is the vote. `agreement`,
    which it learns too, settles ties.
    """

    families: tuple[tuple[str, ...], ...] = ()
    agreement: Mapping[str, float] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """The families, and the agreement that settles ties."""
        families = {"families": ",".join("+".join(family) for family in self.families)}
        return sign(self.name, {**families, "ties": rounded(self.agreement)})

    @property
    def tie_weights(self) -> Mapping[str, float]:
        """How much each system agrees with the others."""
        return self.agreement

    @property
    def votes(self) -> Mapping[str, float]:
        """One vote for each family, which its members share."""
        return {name: 1 / len(family) for family in self.families for name in family}

    @property
    def remarks(self) -> tuple[str, ...]:
        """Name the families."""
        return tuple(
            f"{', '.join(family)} make the same mistakes and share one vote"
            for family in self.families
        )

    def statistics(self, ballots: Sequence[Ballot]) -> Counts:
        """Return who agrees with whom, and who echoes whom."""
        return Counts(Profile.of(ballots), Kinship.of(ballots))

    def from_statistics(self, statistics: Counts) -> Self:
        """Return a vote with the families found, and with ties settled by agreement."""
        agreement = statistics.profile.agreements
        return replace(self, families=statistics.kinship.families, agreement=agreement)

    def weight(self, system: str) -> float:
        """Return the votes of `system`: its share in a family, or one."""
        return self.votes.get(system, 1.0)

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return each candidate's share of the votes."""
        return vote(ballot, share_by_system(ballot, self.weight))
