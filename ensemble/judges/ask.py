"""Ask a judge by a deadline, check its scores, and ask nothing twice."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

from ensemble.judges.base import Fault, Judge, JudgeFailure
from ensemble.systems.ask import check_source
from ensemble.systems.base import SystemFailure
from ensemble.systems.spending import Spent
from evaluation.data.judge_scores import LARGEST

REMEMBERED = 4096
"""Questions to one judge whose scores are remembered; the longest unused are dropped first."""

_Question = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rating:
    """The answer of one judge: a score for each output if the status is "ok", else a `reason`.

    `milliseconds` is `None` if it was not asked for this answer, but remembered it.
    """

    status: Literal["ok", "failed", "timeout"]
    scores: tuple[float, ...] = ()
    fault: Fault | None = None
    reason: str | None = None
    spent: Spent = field(default_factory=Spent)
    milliseconds: float | None = None


class JudgeClient:
    """Asks one judge; the scores of a question that it answered are remembered."""

    def __init__(self, judge: Judge, remembered: int = REMEMBERED) -> None:
        self.judge = judge
        self._remembered = remembered
        self._scores: OrderedDict[_Question, tuple[float, ...]] = OrderedDict()
        self._asking: dict[_Question, asyncio.Task[Rating]] = {}

    def remembers(self, source: str, outputs: Sequence[str]) -> bool:
        """Return whether the answer to this question is known, so that it costs nothing."""
        return (source, tuple(outputs)) in self._scores

    async def ask(self, source: str, outputs: Sequence[str], deadline_s: float) -> Rating:
        """Return the scores of different `outputs`; raises for no failing judge.

        Returns within about `deadline_s` seconds. The same question that is being asked already is
        not asked again.
        """
        question = (source, tuple(outputs))
        if question in self._scores:
            self._scores.move_to_end(question)
            return Rating("ok", self._scores[question])
        task = self._asking.get(question)
        if task is not None:
            rating = await asyncio.shield(task)
            return Rating(rating.status, rating.scores, rating.fault, rating.reason)
        task = asyncio.create_task(_rating(self.judge, source, outputs, deadline_s))
        self._asking[question] = task
        task.add_done_callback(lambda done: self._asked(question, done))
        # Shielded: a client that goes away must not count as a failure of the judge.
        return await asyncio.shield(task)

    def _asked(self, question: _Question, done: asyncio.Task[Rating]) -> None:
        self._asking.pop(question, None)
        if done.cancelled() or done.exception() is not None or done.result().status != "ok":
            return
        self._scores[question] = done.result().scores
        while len(self._scores) > self._remembered:
            self._scores.popitem(last=False)


async def _rating(judge: Judge, source: str, outputs: Sequence[str], deadline_s: float) -> Rating:
    began, spent = time.perf_counter(), Spent()

    def failed(status: Literal["failed", "timeout"], fault: Fault, reason: str) -> Rating:
        milliseconds = (time.perf_counter() - began) * 1000
        return Rating(status, (), fault, reason, spent, milliseconds)

    try:
        async with asyncio.timeout(deadline_s) as deadline:
            for text in (source, *outputs):
                check_source(text)
            scores = checked(await judge.score(source, outputs, spent), len(outputs))
    except JudgeFailure as failure:
        return failed("failed", failure.fault, failure.reason)
    except SystemFailure as failure:
        return failed("failed", "no answer", failure.reason)
    except Exception as error:  # the boundary: whatever a judge raises is its own failure
        if deadline.expired():
            return failed("timeout", "timeout", f"no answer within {deadline_s:g} s")
        reason = SystemFailure(f"{type(error).__name__}: {error}").reason
        return failed("failed", "no answer", reason)
    milliseconds = (time.perf_counter() - began) * 1000
    return Rating("ok", scores, spent=spent, milliseconds=milliseconds)


def checked(scores: object, count: int) -> tuple[float, ...]:
    """Return what a judge gave as `count` numbers.

    Raises:
        JudgeFailure: it is something else.
    """
    if not isinstance(scores, Sequence) or isinstance(scores, str) or len(scores) != count:
        given = len(scores) if isinstance(scores, Sequence) else type(scores).__name__
        raise JudgeFailure("wrong count", f"answered {given} scores for {count} outputs")
    for score in scores:
        if isinstance(score, bool) or not isinstance(score, int | float):
            raise JudgeFailure("not a number", f"answered {type(score).__name__}, not a number")
        if not isfinite(score):
            raise JudgeFailure("not finite", f"answered the score {score}")
        if abs(score) > LARGEST:
            raise JudgeFailure("out of scale", f"answered {score:g}; {LARGEST:g} is the limit")
    return tuple(map(float, scores))
