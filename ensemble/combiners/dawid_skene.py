"""The label that is probably true, from each system's estimated skill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from ensemble.candidates import Ballot
from ensemble.combiners.base import Counting, Verdict
from ensemble.combiners.registry import register
from ensemble.combiners.voting import fitted, rounded
from ensemble.reliability import Reliability, label_of
from evaluation.reporting.table import sign


@register("dawid-skene", kinds=("labels",))
@dataclass(frozen=True)
class DawidSkene(Counting):
    """Take the label that is probably true if each system has one skill (Dawid & Skene 1979)."""

    reliability: Reliability | None = None

    @property
    def signature(self) -> str:
        """The skill of each system."""
        return sign(self.name, {"skills": rounded(self.tie_weights)})

    @property
    def tie_weights(self) -> Mapping[str, float]:
        """The skill of each system."""
        return self.reliability.skills if self.reliability else {}

    def statistics(self, ballots: Sequence[Ballot]) -> list[dict[str, str]]:
        """Return all labels: nothing less tells each system's skill."""
        return list(map(label_of, ballots))

    def from_statistics(self, statistics: Sequence[Mapping[str, str]]) -> Self:
        """Return a combiner with each system's skill estimated from all labels."""
        return replace(self, reliability=Reliability.estimate(statistics))

    def weight(self, system: str) -> float:
        """Return the estimated skill of `system`, from 0 to 1; 0.5 for a system never seen."""
        return fitted(self.name, self.reliability).skills.get(system, 0.5)

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return the posterior probability of each label."""
        probable = fitted(self.name, self.reliability).posterior(label_of(ballot))
        labels = [label for c in ballot.candidates for label in c.edit.replacement]
        return Verdict([probable.get(label, 0.0) for label in labels], 0.0)
