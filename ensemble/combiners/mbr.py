"""Minimum Bayes risk: the text whose final answer most agree with, and that is most like all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from ensemble.candidates import Ballot
from ensemble.combiners.base import Counting, Verdict
from ensemble.combiners.registry import register
from ensemble.combiners.utility import Utility, by_answer
from ensemble.combiners.voting import agreement_on_whole_outputs, rounded
from ensemble.competence import Profile
from evaluation.reporting.table import sign


@register("mbr", kinds=("texts",), stateless=True)
@dataclass(frozen=True)
class MinimumBayesRisk(Counting):
    """Take the hypothesis with the highest expected utility (Kumar & Byrne 2004).

    The hypotheses are the evidence about the reference, each with as much weight as systems
    gave it, itself included. The utility is chrF; where at least two systems, and half of them,
    state a final answer (`The answer is 12.`), it is first whether that is the same, and chrF
    only decides between answers that as many systems gave. `agreement`, which it learns, settles
    ties.
    """

    agreement: Mapping[str, float] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """The utility, and the agreement that settles ties."""
        return sign(self.name, self.signature_parts)

    @property
    def signature_parts(self) -> dict[str, object]:
        """The parts of the signature."""
        ties = {"ties": rounded(self.agreement)} if self.agreement else {}
        return {"utility": "answer,chrF2", **ties}

    @property
    def tie_weights(self) -> Mapping[str, float]:
        """How much each system agrees with the others."""
        return self.agreement

    def statistics(self, ballots: Sequence[Ballot]) -> Profile:
        """Return who agrees with whom: on final answers, where they count, or on whole texts."""
        return agreement_on_whole_outputs(list(map(by_answer, ballots)))

    def from_statistics(self, statistics: Profile) -> Self:
        """Return a combiner that settles ties by who agrees more."""
        return replace(self, agreement=statistics.agreements)

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return the expected utility of each hypothesis, from 0 to 1: see `Utility.expected`."""
        texts = [candidate.replacement for candidate in ballot.candidates]
        votes = [len(candidate.voters) for candidate in ballot.candidates]
        if not texts:
            return Verdict([], 0.0)
        return Verdict(Utility.of(texts, votes).expected.tolist(), 0.0)
