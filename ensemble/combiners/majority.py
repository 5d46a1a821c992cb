"""The combiners that need no labels: what every learned one has to beat."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, TypeVar

import numpy as np
from fastchrf import pairwise_chrf

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Combiner, Verdict
from ensemble.competence import Profile, Reliability, Skill, label_of
from ensemble.decoding.alternatives import alternatives, changed_by
from evaluation.reporting.table import sign

Learnt = TypeVar("Learnt")

Competence = Mapping[str, Collection[str] | Mapping[str, Skill]]
"""Systems that have a say on some types of edit only: which, or how good they are at each.

The others have a say on all types.
"""

_Weigh = Callable[[str, str], float]
"""What the system of a name weighs on a type of edit."""

_Share = Callable[[Collection[str], str], float]
"""How much of the weight some systems have together on a type of edit, from 0 to 1."""

_ROUNDING = 1e-9


def _agreeing(ballots: Sequence[Ballot]) -> Profile:
    """Return who agrees with whom on texts and labels: ties of edits are settled without."""
    return Profile.of([ballot for ballot in ballots if ballot.kind != "edits"])


def _rounded(numbers: Mapping[str, float]) -> str:
    return ",".join(f"{name}={numbers[name]:.6g}" for name in sorted(numbers))


def _vote(ballot: Ballot, share: _Share) -> Verdict:
    """Return each candidate's share of the weight; half is enough, but two must agree."""
    rivals = alternatives(ballot)
    types = [candidate.type for candidate in ballot.candidates]
    shares = [share(c.voters, type_) for c, type_ in zip(ballot.candidates, types, strict=True)]
    changed = [
        share(changed_by(ballot, rivals[i]), type_) if i in rivals else 0.0
        for i, type_ in enumerate(types)
    ]
    return Verdict(shares, (1.0 if len(ballot.systems) == 2 else 0.5) - _ROUNDING, changed)


def _by_heads(ballot: Ballot) -> _Share:
    """Return what tells the share of some systems where all weigh the same."""
    heads = max(len(ballot.systems), 1)
    return lambda names, _: len(names) / heads


def _by_weight(ballot: Ballot, voice: _Weigh, silence: _Weigh) -> _Share:
    """Return what tells the share of some systems by what proposals and silences weigh."""

    def share(names: Collection[str], type_: str) -> float:
        behind = sum(voice(name, type_) for name in names)
        against = sum(silence(name, type_) for name in ballot.systems if name not in names)
        return behind / (behind + against or 1.0)

    return share


def _whatever_the_type(weight: Callable[[str], float]) -> tuple[_Weigh, _Weigh]:
    """Return what a proposal and a silence weigh where both weigh what the system does."""

    def weigh(system: str, _: str) -> float:
        return weight(system)

    return weigh, weigh


@dataclass(frozen=True)
class Majority:
    """Take what at least half of the systems propose; where only two answered, both must.

    `k` asks for so many votes instead. `weights` lets some voices count for more than 1, and
    half of the weight is needed then. `competence` names the only types of edit on which a
    system's silence is a vote against: a spelling corrector does not outvote a comma. Where
    it says how good a system is at each, proposals and silences weigh as much (see `Skill`).
    For texts and labels, what most propose; `agreement`, which it learns, settles ties.
    """

    k: int | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    competence: Competence = field(default_factory=dict)
    agreement: Mapping[str, float] = field(default_factory=dict)
    name: ClassVar[str] = "vote"
    kinds: ClassVar[tuple[Kind, ...]] = ("edits", "labels", "texts")
    counted: ClassVar[tuple[Kind, ...]] = ("labels", "texts")

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        if self.k is not None and (self.weights or self.competence):
            raise ValueError("k counts heads: it goes with neither weights nor competence")

    @property
    def signature(self) -> str:
        """See `Combiner`."""
        weights = {"weights": _rounded(self.weights)} if self.weights else {}
        only = [f"{name}={_listed(types)}" for name, types in sorted(self.competence.items())]
        competence = {"competence": ",".join(only)} if only else {}
        ties = {"ties": _rounded(self.agreement)} if self.agreement else {}
        return sign(self.name, {"k": self.k or "half", **weights, **competence, **ties})

    def fit(self, ballots: Sequence[Ballot]) -> "Majority":
        """Return one that settles ties of texts and labels by who agrees more in `ballots`."""
        return self.from_statistics(self.statistics(ballots))

    def statistics(self, ballots: Sequence[Ballot]) -> Profile:
        """See `Counting`."""
        return _agreeing(ballots)

    def from_statistics(self, counts: Profile) -> "Majority":
        """See `Counting`."""
        return replace(self, agreement=counts.agreements)

    def weight(self, system: str) -> float:
        """Return how many votes `system` has: 1 unless told."""
        return self.weights.get(system, 1.0)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """See `Combiner`."""
        return list(map(self._verdict, ballots))

    def _verdict(self, ballot: Ballot) -> Verdict:
        """Return each candidate's share of the votes of those with a say on it."""
        if self.k is None and not self.weights and not (self.competence and ballot.kind == "edits"):
            return _vote(ballot, _by_heads(ballot))
        if self.k is None and ballot.kind == "edits":
            return _vote(ballot, _by_weight(ballot, self._voice, self._silence))
        if self.k is None:
            return _vote(ballot, _by_weight(ballot, *_whatever_the_type(self.weight)))
        answered = max(len(ballot.systems), 1)
        return Verdict([len(c.voters) / answered for c in ballot.candidates], self.k / answered)

    def _voice(self, system: str, type_: str) -> float:
        """Return what a proposal weighs."""
        skill = _skill(self.competence.get(system), type_)
        return self.weight(system) * (skill.voice if skill else 1.0)

    def _silence(self, system: str, type_: str) -> float:
        """Return what a silence weighs against a proposal."""
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


@dataclass(frozen=True)
class BestSingle:
    """Take one system's output whole: the one that the others agree with most.

    Where it gave no answer, the next best. `ranking` is best first.
    """

    ranking: tuple[str, ...] | None = None
    name: ClassVar[str] = "best-single"
    kinds: ClassVar[tuple[Kind, ...]] = ("edits", "texts", "labels")

    @property
    def signature(self) -> str:
        """See `Combiner`."""
        return sign(self.name, {"ranking": ",".join(self.ranking or ())})

    def fit(self, ballots: Sequence[Ballot]) -> "BestSingle":
        """Return one that ranks systems by their agreement with the others."""
        return self.from_statistics(self.statistics(ballots))

    def statistics(self, ballots: Sequence[Ballot]) -> Profile:
        """See `Counting`."""
        return Profile.of(ballots)

    def from_statistics(self, counts: Profile) -> "BestSingle":
        """See `Counting`."""
        ranked = sorted(zip(-counts.agreement, counts.systems, strict=True))
        return BestSingle(tuple(name for _, name in ranked))

    def weight(self, system: str) -> float:
        """Return 1 for the best system, 0 for the others."""
        return float(_fitted(self.name, self.ranking)[:1] == (system,))

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """See `Combiner`."""
        return list(map(self._verdict, ballots))

    def _verdict(self, ballot: Ballot) -> Verdict:
        """Return 1 for what the best system that answered proposes, else 0."""
        ranking = _fitted(self.name, self.ranking)
        chosen = next((name for name in ranking if name in ballot.systems), None)
        return Verdict([float(chosen in c.voters) for c in ballot.candidates], 0.5)


@dataclass(frozen=True)
class MinimumBayesRisk:
    """Take the hypothesis most like all of them: the highest expected chrF (Kumar & Byrne 2004).

    The hypotheses are the evidence about the reference, each with as much weight as systems
    gave it, itself included. `agreement`, which it learns, settles ties.
    """

    agreement: Mapping[str, float] = field(default_factory=dict)
    name: ClassVar[str] = "mbr"
    kinds: ClassVar[tuple[Kind, ...]] = ("texts",)

    @property
    def signature(self) -> str:
        """See `Combiner`."""
        ties = {"ties": _rounded(self.agreement)} if self.agreement else {}
        return sign(self.name, {"utility": "chrF2", **ties})

    def fit(self, ballots: Sequence[Ballot]) -> "MinimumBayesRisk":
        """Return one that settles ties by who agrees more in `ballots`."""
        return self.from_statistics(self.statistics(ballots))

    def statistics(self, ballots: Sequence[Ballot]) -> Profile:
        """See `Counting`."""
        return _agreeing(ballots)

    def from_statistics(self, counts: Profile) -> "MinimumBayesRisk":
        """See `Counting`."""
        return replace(self, agreement=counts.agreements)

    def weight(self, system: str) -> float:
        """Return 1: every hypothesis is equally good evidence."""
        return 1.0

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """See `Combiner`."""
        return list(map(self._verdict, ballots))

    def _verdict(self, ballot: Ballot) -> Verdict:
        """Return the expected chrF of each hypothesis, from 0 to 1."""
        texts = [candidate.replacement for candidate in ballot.candidates]
        votes = [len(candidate.voters) for candidate in ballot.candidates]
        if not texts:
            return Verdict([], 0.0)
        utilities = np.array(pairwise_chrf([texts], [texts])[0])
        return Verdict((utilities @ votes / (100 * sum(votes))).tolist(), 0.0)


@dataclass(frozen=True)
class AgreementVote:
    """A vote in which a system weighs as much as it agrees with the others, over all segments.

    Take what has at least half the weight of the systems that answered; two systems must
    agree. A system that answers at random weighs next to nothing, and where an even number of
    systems is split in halves, the half that is usually of one mind wins.
    """

    weights: Mapping[str, float] | None = None
    name: ClassVar[str] = "agreement"
    kinds: ClassVar[tuple[Kind, ...]] = ("edits", "labels", "texts")

    @property
    def signature(self) -> str:
        """See `Combiner`."""
        return sign(self.name, {"weights": _rounded(self.weights or {})})

    @property
    def agreement(self) -> Mapping[str, float]:
        """See `Combiner`."""
        return self.weights or {}

    def fit(self, ballots: Sequence[Ballot]) -> "AgreementVote":
        """Return one whose weights are the systems' agreement over `ballots`, twins as one."""
        return self.from_statistics(self.statistics(ballots))

    def statistics(self, ballots: Sequence[Ballot]) -> Profile:
        """See `Counting`."""
        return Profile.of(ballots)

    def from_statistics(self, counts: Profile) -> "AgreementVote":
        """See `Counting`."""
        return AgreementVote(counts.weights)

    def weight(self, system: str) -> float:
        """Return the agreement of `system` with the others, from 0 to 1; less for a twin."""
        return _fitted(self.name, self.weights).get(system, 0.0)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """See `Combiner`."""
        return list(map(self._verdict, ballots))

    def _verdict(self, ballot: Ballot) -> Verdict:
        """Return the share of the weight that is behind each candidate."""
        return _vote(ballot, _by_weight(ballot, *_whatever_the_type(self.weight)))


@dataclass(frozen=True)
class DawidSkene:
    """Take the label that is probably true if each system has one skill (Dawid & Skene 1979)."""

    reliability: Reliability | None = None
    name: ClassVar[str] = "dawid-skene"
    kinds: ClassVar[tuple[Kind, ...]] = ("labels",)

    @property
    def signature(self) -> str:
        """See `Combiner`."""
        skills = self.reliability.skills if self.reliability else {}
        return sign(self.name, {"skills": _rounded(skills)})

    @property
    def agreement(self) -> Mapping[str, float]:
        """See `Combiner`."""
        return self.reliability.skills if self.reliability else {}

    def fit(self, ballots: Sequence[Ballot]) -> "DawidSkene":
        """Return one with each system's skill estimated from all `ballots`."""
        return self.from_statistics(self.statistics(ballots))

    def statistics(self, ballots: Sequence[Ballot]) -> list[dict[str, str]]:
        """Return all labels: nothing less tells each system's skill."""
        return list(map(label_of, ballots))

    def from_statistics(self, counts: Sequence[Mapping[str, str]]) -> "DawidSkene":
        """See `Counting`."""
        return DawidSkene(Reliability.estimate(counts))

    def weight(self, system: str) -> float:
        """Return the estimated skill of `system`, from 0 to 1; a coin's for one never seen."""
        return _fitted(self.name, self.reliability).skills.get(system, 0.5)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """See `Combiner`."""
        return list(map(self._verdict, ballots))

    def _verdict(self, ballot: Ballot) -> Verdict:
        """Return the posterior probability of each label."""
        probable = _fitted(self.name, self.reliability).posterior(label_of(ballot))
        labels = [label for c in ballot.candidates for label in c.edit.replacement]
        return Verdict([probable.get(label, 0.0) for label in labels], 0.0)


def _fitted(name: str, learnt: Learnt | None) -> Learnt:
    if learnt is None:
        raise ValueError(f"{name} learns from all segments: fit it before it can judge one")
    return learnt


USUAL: dict[Kind, str] = {"edits": "vote", "texts": "mbr", "labels": "vote"}
"""What each kind is combined by where no combiner is named.

Whole texts are rarely the same, so that in a vote nearly every one has a single voice.
"""

BASELINES: dict[str, Callable[[], Combiner]] = {
    "vote": Majority,
    "best-single": BestSingle,
    "mbr": MinimumBayesRisk,
    "dawid-skene": DawidSkene,
    "agreement": AgreementVote,
}
"""Every combiner that needs no labels, by the name it has in requests and on the command line."""
