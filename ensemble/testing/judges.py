"""The laws of a judge: every registered kind keeps them, and `check_judge` tries one of yours."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isclose

from ensemble.judges.ask import JudgeClient, checked
from ensemble.judges.base import Judge, JudgeConfig
from ensemble.systems.base import Health
from ensemble.systems.spending import Spent
from ensemble.testing.systems import SYSTEM_CHECKS, SystemCase

_TOLERANCE = 1e-4  # models round otherwise in other batches

Question = tuple[str, tuple[str, ...]]
"""A source, and different outputs for it."""


@dataclass(frozen=True, slots=True)
class JudgeCase:
    """A judge to check, and the questions that it is asked.

    `make` returns a new judge, not started, at each call. On `slow`, if it is there, the judge
    works for more than 0.1 s; on each of `failing` it fails, or gives scores that are refused.
    """

    make: Callable[[], Judge]
    range: tuple[float, float]
    questions: tuple[Question, ...]
    slow: Question | None = None
    failing: tuple[Question, ...] = ()
    deadline_s: float = 30.0

    @property
    def as_system(self) -> SystemCase:
        """The judge as a system, which keeps the laws of systems."""
        written = dict.fromkeys(map(_written, self.questions), None)
        slow = _written(self.slow) if self.slow else None
        failing = tuple(map(_written, self.failing))
        return SystemCase(lambda: _AsSystem(self.make()), written, slow, failing, self.deadline_s)


def check_judge(
    judge: JudgeConfig,
    questions: Iterable[Question],
    *,
    slow: Question | None = None,
    failing: Iterable[Question] = (),
    deadline_s: float = 30.0,
) -> None:
    """Check that a judge does what the service relies on.

    It keeps the laws of `ensemble.testing.check_system`, gives a finite score in its range for each
    output, and the same score whatever the order of the outputs.

    Args:
        judge: its configuration.
        questions: sources with two or more outputs each, on which it has scores.
        slow: a question on which it works for more than 0.1 s; without one, time running out is
            not checked.
        failing: questions on which it fails, or gives scores that are refused.
        deadline_s: how long a start, an answer or a recovery may take.

    Raises:
        AssertionError: naming the law that it breaks.
    """
    asked = tuple(questions)
    case = JudgeCase(judge.judge, judge.range, asked, slow, tuple(failing), deadline_s)
    for check in JUDGE_CHECKS:
        check(case)


def check_as_system(case: JudgeCase) -> None:
    """It starts, stops, fails, is cancelled and recovers as a system does."""
    for check in SYSTEM_CHECKS:
        check(case.as_system)


def check_scores(case: JudgeCase) -> None:
    """It gives each output a score in its range, and the same in another order."""
    low, high = case.range
    for source, outputs in case.questions:
        scores = _scores(case, source, outputs)
        assert all(low <= score <= high for score in scores), f"{scores} outside {low} to {high}"
        turned = _scores(case, source, outputs[::-1])[::-1]
        pairs = zip(scores, turned, strict=True)
        same = all(isclose(a, b, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE) for a, b in pairs)
        assert same, f"{scores}, but {turned} in the reversed order"


JUDGE_CHECKS: tuple[Callable[[JudgeCase], None], ...] = (check_as_system, check_scores)
"""All that `check_judge` checks, each by itself."""


def _scores(case: JudgeCase, source: str, outputs: Sequence[str]) -> tuple[float, ...]:
    async def ask() -> tuple[float, ...]:
        judge = case.make()
        await judge.start()
        try:
            rating = await JudgeClient(judge).ask(source, outputs, case.deadline_s)
        finally:
            await judge.stop()
        assert rating.status == "ok", f"{source!r} was not scored: {rating.reason}"
        return rating.scores

    return asyncio.run(ask())


def _written(question: Question) -> str:
    source, outputs = question
    return json.dumps([source, *outputs])


class _AsSystem:
    """A judge whose source is a question as JSON, and whose output its scores."""

    def __init__(self, judge: Judge) -> None:
        self.name = judge.name
        self._judge = judge

    @property
    def health(self) -> Health:
        """That of the judge."""
        return self._judge.health

    async def start(self) -> None:
        """Start the judge."""
        await self._judge.start()

    async def stop(self) -> None:
        """Stop the judge."""
        await self._judge.stop()

    async def correct(self, source: str) -> str:
        """Return the scores of the outputs in a question."""
        asked, *outputs = json.loads(source)
        scores = await self._judge.score(asked, outputs, Spent())
        return json.dumps(checked(scores, len(outputs)))
