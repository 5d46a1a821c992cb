"""The vote in which a voice counts what people have found it worth, for each type of edit."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Verdict
from ensemble.combiners.baselines import Majority
from evaluation.reporting.table import sign
from service.feedback.competence import Posterior

Weights = Mapping[str, Mapping[str, float]]
"""By type of edit and system, what a voice is multiplied by where that is not 1."""


def weights_of(found: Posterior, bound: float) -> dict[str, dict[str, float]]:
    """Return what feedback makes of each voice."""
    weights: dict[str, dict[str, float]] = {}
    for (system, type_), beta in found.items():
        weights.setdefault(type_, {})[system] = round(beta.weight(bound), 6)
    return weights


@dataclass(frozen=True)
class LearnedVote:
    """A vote as `base` holds it, each voice weighed by type of edit too."""

    weights: Weights = field(default_factory=dict)
    base: Majority = field(default_factory=Majority)
    name: ClassVar[str] = "learned-vote"
    kinds: ClassVar[tuple[Kind, ...]] = Majority.kinds

    @cached_property
    def mark(self) -> str:
        """What names the weights, which `/v1/competence` shows: 12 digits of a SHA-256."""
        said = json.dumps(self.weights, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    @cached_property
    def signature(self) -> str:
        """See `Combiner`."""
        return sign(self.name, {"feedback": self.mark, "base": self.base.signature})

    def fit(self, ballots: Sequence[Ballot]) -> "LearnedVote":
        """Return itself: it learns from people."""
        return self

    def weight(self, system: str) -> float:
        """Return what the voice of `system` counts on what nobody has judged yet."""
        return self.base.weight(system)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """See `Combiner`."""
        return list(map(self._verdict, ballots))

    def _verdict(self, ballot: Ballot) -> Verdict:
        """Return each candidate's share of the weight that voices have on its type."""
        there_are = {candidate.type for candidate in ballot.candidates}
        if there_are.isdisjoint(self.weights):
            return self.base.judge([ballot])[0]
        found = {type_: self._votes[type_].judge([ballot])[0] if type_ in self._votes
                 else self.base.judge([ballot])[0] for type_ in there_are}  # fmt: skip
        types = [candidate.type for candidate in ballot.candidates]
        shares = [found[type_].probabilities[i] for i, type_ in enumerate(types)]
        changed = [found[type_].changed[i] for i, type_ in enumerate(types)]
        return Verdict(shares, next(iter(found.values())).threshold, changed)

    @cached_property
    def _votes(self) -> dict[str, Majority]:
        return {
            type_: Majority(
                weights={
                    **self.base.weights,
                    **{name: self.base.weight(name) * times for name, times in some.items()},
                },
                competence=self.base.competence,
            )
            for type_, some in self.weights.items()
        }
