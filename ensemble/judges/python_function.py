"""A judge that is a Python function, named by its import path."""

from collections.abc import Callable, Sequence

from pydantic import FiniteFloat

from ensemble.judges.base import JudgeConfig
from ensemble.judges.registry import register
from ensemble.systems.roster_function import FunctionOfRoster
from ensemble.systems.spending import Spent
from ensemble.systems.threaded import Threaded

Scorer = Callable[[str, Sequence[str]], Sequence[float]]
"""Maps a source and different outputs to a score for each."""


@register("callable", key="callable")
class FunctionJudgeConfig(FunctionOfRoster, JudgeConfig):
    """A function by its import path, `package.module:function`; its scores are on `scale`."""

    scale: tuple[FiniteFloat, FiniteFloat] = (0.0, 1.0)

    @property
    def range(self) -> tuple[float, float]:
        """The scale."""
        return self.scale

    def judge(self) -> "FunctionJudge":
        """Return the judge it describes, not started."""
        return FunctionJudge(self.name, self.load)


class FunctionJudge(Threaded[Scorer]):
    """A function from a source and outputs to scores, run in a thread of its own."""

    async def score(self, source: str, outputs: Sequence[str], spent: Spent) -> Sequence[float]:
        """Call the function, in its thread.

        Raises:
            SystemFailure: it raised, or an earlier call still holds the thread.
        """
        spent.calls += 1
        return await self.call(lambda scorer: scorer(source, outputs))
