"""The combiner `learned-vote`: a vote weighted by feedback, for each type of edit."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from ensemble.candidates import Ballot, Kind
from ensemble.candidates.incomplete import Incomplete
from ensemble.combiners.base import Combiner, Verdict
from ensemble.combiners.majority import Majority
from ensemble.combiners.settling import ANY_TYPE, Weighed, edits_settled
from evaluation.reporting.table import sign
from service.feedback.competence import Posterior

Weights = Mapping[str, Mapping[str, float]]
"""By type of edit and system, the factor of a weight; factors of 1 are left out."""


def weights_of(posterior: Posterior, bound: float) -> dict[str, dict[str, float]]:
    """Return the factor of each system's weight, by type of edit."""
    weights: dict[str, dict[str, float]] = {}
    for (system, type_), beta in posterior.items():
        weights.setdefault(type_, {})[system] = round(beta.weight(bound), 6)
    return weights


@dataclass(frozen=True)
class LearnedVote(Combiner):
    """The vote of `base` with weights that also depend on the type of edit."""

    weights: Weights = field(default_factory=dict)
    base: Majority = field(default_factory=Majority)
    name = "learned-vote"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All kinds that the vote combines."""
        return self.base.kinds

    @cached_property
    def mark(self) -> str:
        """Identifies the weights, as in `/v1/competence`: 12 hexadecimal digits of a SHA-256."""
        text = json.dumps(self.weights, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @cached_property
    def signature(self) -> str:
        """See `Combiner`."""
        return sign(self.name, {"feedback": self.mark, "base": self.base.signature})

    def weight(self, system: str) -> float:
        """Return the weight of `system` for types of edits without verdicts."""
        return self.base.weight(system)

    def settled(self, incomplete: Incomplete) -> bool:
        """Return whether the rest cannot change the outcome, as in `Combiner`."""
        if incomplete.kind != "edits":
            return self.base.settled(incomplete) and incomplete.kind[:-1] not in self.weights
        types = {ANY_TYPE, *self.weights, *chain.from_iterable(self.base.competence.values())}
        return edits_settled(
            incomplete,
            Weighed(
                incomplete.answers,
                incomplete.missing,
                lambda system, type_: self._vote(type_).proposal(system, type_),
                lambda system, type_: self._vote(type_).silence(system, type_),
                types,
            ),
        )

    def _vote(self, type_: str) -> Majority:
        return self._votes.get(type_, self.base)

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return each candidate's share of the systems' weights for its type."""
        types_present = {candidate.type for candidate in ballot.candidates}
        if types_present.isdisjoint(self.weights):
            return self.base.judge([ballot])[0]
        verdicts = {type_: self._votes[type_].judge([ballot])[0] if type_ in self._votes
                 else self.base.judge([ballot])[0] for type_ in types_present}  # fmt: skip
        types = [candidate.type for candidate in ballot.candidates]
        shares = [verdicts[type_].probabilities[i] for i, type_ in enumerate(types)]
        changed = [verdicts[type_].changed[i] for i, type_ in enumerate(types)]
        return Verdict(shares, next(iter(verdicts.values())).threshold, changed)

    @cached_property
    def _votes(self) -> dict[str, Majority]:
        return {
            type_: Majority(
                weights={
                    **self.base.weights,
                    **{name: self.base.weight(name) * factor for name, factor in factors.items()},
                },
                competence=self.base.competence,
            )
            for type_, factors in self.weights.items()
        }
