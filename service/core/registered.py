"""A trained combiner with the name and version of its registration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Combiner, Verdict, check_verdicts
from ensemble.combiners.trainable import Trainable
from ensemble.decoding.decode import Combination
from service.core.limits import Refused

_FAULTS = (ArithmeticError, LookupError, RuntimeError, ValueError)


@dataclass(frozen=True, eq=False)
class Registered(Combiner):
    """One version of a registered combiner."""

    name: str
    version: int
    combiner: Trainable

    def __post_init__(self) -> None:
        """Use the scores of judges where the uploaded combiner does."""
        object.__setattr__(self, "uses_scores", self.combiner.uses_scores)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kind it was trained for."""
        return self.combiner.kinds

    @property
    def signature(self) -> str:
        """Signature of the uploaded combiner, independent of its name here."""
        return self.combiner.signature

    @property
    def tie_weights(self) -> Mapping[str, float]:
        """How much each system counts in a tie."""
        return self.combiner.tie_weights

    @property
    def votes(self) -> Mapping[str, float]:
        """The vote of each system in a tie."""
        return self.combiner.votes

    @property
    def is_calibrated(self) -> bool:
        """Whether the probabilities of the uploaded combiner were fitted to labels."""
        return self.combiner.is_calibrated

    @property
    def remarks(self) -> Sequence[str]:
        """The remarks of the uploaded combiner."""
        return self.combiner.remarks

    def fit(self, ballots: Sequence[Ballot]) -> Self:
        """Return one whose combiner has learnt what it can, without labels, from `ballots`."""
        return replace(self, combiner=self.combiner.fit(ballots))

    def weight(self, system: str) -> float:
        """Return how much the vote of `system` counts."""
        return self.combiner.weight(system)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return the verdict on the candidates of each of `ballots`.

        Raises:
            Refused: the uploaded combiner failed on this input.
        """
        try:
            verdicts = self.combiner.judge(ballots)
            check_verdicts(self.combiner.name, ballots, verdicts)
        except _FAULTS as error:
            raise self._refusal(str(error)) from error
        return verdicts

    def combinations(self, ballots: Sequence[Ballot]) -> list[Combination]:
        """Return the output of the uploaded combiner for each of `ballots`.

        Raises:
            Refused: the uploaded combiner failed on this input.
        """
        try:
            return self.combiner.combinations(ballots)
        except _FAULTS as error:
            raise self._refusal(str(error)) from error

    def _refusal(self, detail: str) -> Refused:
        detail = f"{self.name}@{self.version} failed on this input: {detail}"
        return Refused("combiner-failed", ["combiner"], detail)
