"""The best single system: its output as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.base import Counting, Verdict
from ensemble.combiners.registry import ALL_KINDS, register
from ensemble.combiners.voting import fitted
from ensemble.competence import Profile
from evaluation.reporting.table import sign

_DIGITS = 9


@register("best-single", kinds=ALL_KINDS)
@dataclass(frozen=True)
class BestSingle(Counting):
    """Take the output of one system as it is: the one that the others agree with most.

    Where it gave no answer, the next best. `ranking` is best first.
    """

    ranking: tuple[str, ...] | None = None

    @property
    def signature(self) -> str:
        """The ranking."""
        return sign(self.name, {"ranking": ",".join(self.ranking or ())})

    def statistics(self, ballots: Sequence[Ballot]) -> Profile:
        """Return who agrees with whom."""
        return Profile.of(ballots)

    def from_statistics(self, statistics: Profile) -> Self:
        """Return a combiner that ranks systems by their agreement with the others."""
        # Rounded, so that a sum in another order does not settle a tie.
        agreement = -np.round(statistics.agreement, _DIGITS)
        ranked = sorted(zip(agreement, statistics.systems, strict=True))
        return replace(self, ranking=tuple(name for _, name in ranked))

    def weight(self, system: str) -> float:
        """Return 1 for the best system, 0 for the others."""
        return float(fitted(self.name, self.ranking)[:1] == (system,))

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return 1 for what the best system that answered proposes, else 0."""
        ranking = fitted(self.name, self.ranking)
        chosen = next((name for name in ranking if name in ballot.systems), None)
        return Verdict([float(chosen in c.voters) for c in ballot.candidates], 0.5)
