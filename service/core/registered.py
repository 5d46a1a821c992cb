"""Trained combiners under a name of their own: that of the settings, and registered ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Self, cast

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Combiner, Verdict, check_verdicts
from ensemble.combiners.trainable import Trainable
from ensemble.decoding.decode import Combination
from service.core.limits import Refused
from service.core.messages import pickled, unpickled

_FAULTS = (ArithmeticError, LookupError, RuntimeError, ValueError)

TRAINED = "trained"
"""The name of the trained combiner of the settings."""

_REMEMBERED = 8
"""Trained combiners that a process which combines keeps for later requests."""


@dataclass(frozen=True, eq=False)
class Named(Combiner):
    """A trained combiner, which requests call `name`.

    It is sent to a process with each request. So that this takes 0.03 ms instead of 4, its trained
    combiner is pickled once, and made again once in each process.
    """

    name: str
    combiner: Trainable

    def __post_init__(self) -> None:
        """Use the scores of judges where the trained combiner does."""
        object.__setattr__(self, "uses_scores", self.combiner.uses_scores)

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields, with the trained combiner as bytes."""
        return {**vars(self), "combiner": self._pickled}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the fields, with the trained combiner of an earlier request if it was the same."""
        vars(self).update(state, combiner=_unpickled(state["combiner"]))

    @cached_property
    def _pickled(self) -> bytes:
        return pickled(self.combiner)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kind it was trained for."""
        return self.combiner.kinds

    @property
    def signature(self) -> str:
        """Signature of the trained combiner, independent of its name here."""
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
        """Whether the probabilities of the trained combiner were fitted to labels."""
        return self.combiner.is_calibrated

    @property
    def remarks(self) -> Sequence[str]:
        """The remarks of the trained combiner."""
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
            Refused: the trained combiner failed on this input.
        """
        try:
            verdicts = self.combiner.judge(ballots)
            check_verdicts(self.combiner.name, ballots, verdicts)
        except _FAULTS as error:
            raise self._refusal(str(error)) from error
        return verdicts

    def combinations(self, ballots: Sequence[Ballot]) -> list[Combination]:
        """Return the output of the trained combiner for each of `ballots`.

        Raises:
            Refused: the trained combiner failed on this input.
        """
        try:
            return self.combiner.combinations(ballots)
        except _FAULTS as error:
            raise self._refusal(str(error)) from error

    @property
    def term(self) -> str:
        """The name by which requests choose it."""
        return self.name

    def _refusal(self, detail: str) -> Refused:
        detail = f"{self.term} failed on this input: {detail}"
        return Refused("combiner-failed", ["combiner"], detail)


@dataclass(frozen=True, eq=False)
class Registered(Named):
    """One version of a registered combiner."""

    version: int

    @property
    def term(self) -> str:
        """The name and the version, by which requests choose it."""
        return f"{self.name}@{self.version}"


@lru_cache(_REMEMBERED)
def _unpickled(combiner: bytes) -> Trainable:
    return cast(Trainable, unpickled(combiner))
