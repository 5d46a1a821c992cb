"""The vote: take what at least half of the systems propose."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Annotated, Self

from pydantic import Field

from ensemble.candidates import Ballot, Kind
from ensemble.candidates.incomplete import Incomplete
from ensemble.combiners.base import Counting, Verdict
from ensemble.combiners.registry import register
from ensemble.combiners.settling import (
    ANY_TYPE,
    Counted,
    Rule,
    Weighed,
    edits_settled,
    whole_settled,
)
from ensemble.combiners.voting import (
    agreement_on_whole_outputs,
    rounded,
    share_by_count,
    share_by_system,
    share_by_weight,
    vote,
)
from ensemble.competence import Profile, Skill
from evaluation.errors import InputError
from evaluation.reporting.table import sign

Competence = Mapping[str, Collection[str] | Mapping[str, Skill]]
"""Systems that vote on some types of edit only: which, or how good they are at each.

The others vote on all types.
"""


_MOST_VOTES = 1_000_000  # a larger number may not have a share as a float


@register("vote", kinds=("edits", "labels", "texts"), stateless=True, options=("k",))
@dataclass(frozen=True)
class Majority(Counting):
    """Take what at least half of the systems propose; where only two answered, both must.

    `k` asks for that many votes instead. With `weights`, some systems have more than one vote,
    and half of the weight is needed. `competence` names the only types of edit on which a
    system's silence is a vote against: a spelling corrector does not outvote a comma. Where
    it tells how good a system is at each, proposals and silences weigh accordingly (see `Skill`).
    For texts and labels, what most propose; `agreement`, which it learns, settles ties.
    """

    k: Annotated[int | None, Field(description="the votes needed, in place of half")] = None
    weights: Mapping[str, float] = field(default_factory=dict)
    competence: Competence = field(default_factory=dict)
    agreement: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        if self.k is not None and (self.weights or self.competence):
            raise ValueError("k counts votes: it goes with neither weights nor competence")
        if self.k is not None and self.k < 1:
            raise InputError("out-of-range", f"k is at least 1, not {self.k}")
        if self.k is not None and self.k > _MOST_VOTES:
            raise InputError("out-of-range", f"k is at most {_MOST_VOTES}, not {self.k}")

    @property
    def signature(self) -> str:
        """The options, and the agreement that settles ties."""
        weights = {"weights": rounded(self.weights)} if self.weights else {}
        only = [f"{name}={_listed(types)}" for name, types in sorted(self.competence.items())]
        competence = {"competence": ",".join(only)} if only else {}
        ties = {"ties": rounded(self.agreement)} if self.agreement else {}
        return sign(self.name, {"k": self.k or "half", **weights, **competence, **ties})

    @property
    def counted(self) -> tuple[Kind, ...]:
        """Texts and labels: ties of edits are settled without agreement."""
        return ("labels", "texts")

    @property
    def tie_weights(self) -> Mapping[str, float]:
        """How much each system agrees with the others."""
        return self.agreement

    def statistics(self, ballots: Sequence[Ballot]) -> Profile:
        """Return who agrees with whom on texts and labels."""
        return agreement_on_whole_outputs(ballots)

    def from_statistics(self, statistics: Profile) -> Self:
        """Return a vote that settles ties of texts and labels by who agrees more."""
        return replace(self, agreement=statistics.agreements)

    def weight(self, system: str) -> float:
        """Return how many votes `system` has: 1 where `weights` does not name it."""
        return self.weights.get(system, 1.0)

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return each candidate's share of the votes of those that vote on its type."""
        if self.k is None and not self.weights and not (self.competence and ballot.kind == "edits"):
            return vote(ballot, share_by_count(ballot))
        if self.k is None and ballot.kind == "edits":
            return vote(ballot, share_by_weight(ballot, self.proposal, self.silence))
        if self.k is None:
            return vote(ballot, share_by_system(ballot, self.weight))
        answered = max(len(ballot.systems), 1)
        return Verdict([len(c.voters) / answered for c in ballot.candidates], self.k / answered)

    def settled(self, incomplete: Incomplete) -> bool:
        """Return whether the rest cannot change the outcome, as in `Combiner`."""
        if incomplete.kind != "edits":
            return whole_settled(incomplete, self.weight, self.agreement)
        return edits_settled(incomplete, self._rule(incomplete))

    def _rule(self, incomplete: Incomplete) -> Rule:
        answered, missing = incomplete.answers, incomplete.missing
        if self.k is not None:
            return Counted(self.k, len(missing))
        types = chain.from_iterable(self.competence.values())
        return Weighed(answered, missing, self.proposal, self.silence, {ANY_TYPE, *types})

    def proposal(self, system: str, type_: str) -> float:
        """Return the weight of a proposal of `system`, an edit of this type."""
        skill = _skill(self.competence.get(system), type_)
        return self.weight(system) * (skill.voice if skill else 1.0)

    def silence(self, system: str, type_: str) -> float:
        """Return the weight of its silence against a proposal of this type by others."""
        types = self.competence.get(system)
        if types is not None and type_ not in types:
            return 0.0
        skill = _skill(types, type_)
        return self.weight(system) * (skill.silence if skill else 1.0)


def _skill(types: Collection[str] | Mapping[str, Skill] | None, type_: str) -> Skill | None:
    return types.get(type_) if isinstance(types, Mapping) else None


def _listed(types: Collection[str] | Mapping[str, Skill]) -> str:
    if not isinstance(types, Mapping):
        return "+".join(types)
    return "+".join(f"{t}({s.precision:g}/{s.recall:g})" for t, s in types.items())
