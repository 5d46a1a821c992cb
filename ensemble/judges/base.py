"""The interface of a judge: a source and several outputs in, a score for each output out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from ensemble.systems.base import Health, Name, SystemFailure
from ensemble.systems.spending import Spent

Fault = Literal[
    "no answer", "no JSON", "truncated", "not an object", "unknown label", "missing label",
    "repeated label", "not a number", "not finite", "out of scale", "wrong count", "timeout",
]  # fmt: skip
"""Why a judge has no scores for a question: `no answer` is a failure before its answer is read."""


class JudgeFailure(SystemFailure):
    """A judge answered, but not with a score for each output; `fault` names the kind of failure."""

    def __init__(self, fault: Fault, reason: str) -> None:
        self.fault: Fault = fault
        super().__init__(reason)


class Judge(Protocol):
    """A scorer of outputs, without references."""

    @property
    def name(self) -> str:
        """The name of the judge in rosters, requests and evidence."""

    @property
    def health(self) -> Health:
        """Its state at this moment; reading it costs nothing and changes nothing."""

    async def start(self) -> None:
        """Make it ready; one that is started already begins anew.

        Never raises for a judge that fails to start: `health` says so.
        """

    async def score(self, source: str, outputs: Sequence[str], spent: Spent) -> Sequence[float]:
        """Return the score of each of `outputs`, which are different texts; higher is better.

        Callers go through `ensemble.judges.ask`, which checks the scores. Cancelling is how time
        runs out: the judge puts itself right for the next question.

        Raises:
            SystemFailure: it has no scores for this question.
        """

    async def stop(self) -> None:
        """Let go of everything it holds; it may be started again."""


class JudgeConfig(BaseModel, ABC):
    """The keys that every kind of judge has in its YAML entry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name

    @property
    @abstractmethod
    def range(self) -> tuple[float, float]:
        """The lowest and the highest score it may give.

        Whether the judge is asked depends on what scores this far apart would change.
        """

    @abstractmethod
    def judge(self) -> Judge:
        """Return the judge it describes, not started."""
