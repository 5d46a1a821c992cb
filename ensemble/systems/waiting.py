"""Asks systems by a plan: in rounds, up to a quorum, with stand-ins for those that fail.

It does not know the question: `ask_one` asks one system by name, and `settled` tells whether the
outcome is certain. Nothing that it began is waited for, or kept, after it returns.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from ensemble.candidates.incomplete import Slot
from ensemble.systems.ask import Answer, AnswerStatus

AskOne = Callable[[str], Awaitable[Answer]]
"""Asks one system. Cancelled, it must return soon; see `ensemble.systems.ask.ask_one`."""

Settled = Callable[[Mapping[str, Answer], Sequence[Slot]], Awaitable[bool]]
"""Whether the outcome of the answers so far is certain, whatever the systems in slots answer."""

_CERTAIN = "its answer could not change the outcome"
_NOT_NEEDED = "it stands in for a system that fails, and was not needed"
_NO_TIME = "not asked: the systems before it took too long"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which systems are asked when, and when their answers are enough.

    The systems of a round are asked at once; those of a later round only where `settled` does not
    hold after the earlier ones. `stand_ins` has the systems that are asked only in place of a
    failed one, each with the systems for which it is: all, if there are none. With `settled`,
    systems that cannot change the outcome are not waited for. From `quorum` answers on the others
    have `grace_s` seconds. No system is asked later than `patience_s` seconds after the first.
    """

    rounds: Sequence[Sequence[str]]
    stand_ins: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settled: bool = False
    quorum: int | None = None
    grace_s: float = 0.0
    patience_s: float = inf

    @property
    def is_plain(self) -> bool:
        """Whether all systems are asked at once and waited for."""
        return not (self.settled or self.quorum or self.stand_ins) and len(self.rounds) <= 1


async def never(answers: Mapping[str, Answer], missing: Sequence[Slot]) -> bool:
    """Return false: no outcome is certain before all systems have answered."""
    return False


async def ask_as_planned(
    plan: Plan, ask_one: AskOne, settled: Settled = never
) -> dict[str, Answer]:
    """Return an answer for every system of `plan`: late, or not asked, where it was not needed.

    `settled` gets slots of systems of which one each may still answer: a system, and those that
    would be asked in its place.
    """
    asking = _Asking(plan, ask_one, settled)
    try:
        await asking.finish()
    finally:
        await asking.drop()
    return asking.answers


class _Asking:
    """The state of one question: the answers so far, and the systems that are being asked."""

    def __init__(self, plan: Plan, ask_one: AskOne, settled: Settled) -> None:
        self.answers: dict[str, Answer] = {}
        self._plan = plan
        self._ask_one = ask_one
        self._settled = settled
        self._tasks: dict[asyncio.Future[Answer], str] = {}
        self._places: dict[str, str] = {}  # a stand-in that is asked: the system it is asked for
        self._rounds = [list(names) for names in plan.rounds]
        self._spare = list(plan.stand_ins)
        self._failed: list[str] = []  # systems for which a stand-in is still to be asked
        self._loop = asyncio.get_running_loop()
        self._began: dict[str, float] = {}
        self._last = self._loop.time() + plan.patience_s  # when a system may still be asked
        self._ends = inf  # when the grace ends

    async def finish(self) -> None:
        """Ask round by round until the answers are enough, and note why others are not needed."""
        reason = None
        while self._rounds and reason is None:
            if self.answers and await self._is_settled():
                reason = _CERTAIN
                break
            if self._began and self._loop.time() >= self._last:
                self._leave_out(self._rounds.pop(0), "timeout", _NO_TIME)
                continue
            for name in self._rounds.pop(0):
                self._ask(name)
            reason = await self._collect()
        self._note(reason or _CERTAIN)

    async def drop(self) -> None:
        """Cancel the systems that are still being asked."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _collect(self) -> str | None:
        """Wait for the systems being asked; return why the others are not needed, if they are not.

        Raises:
            Exception: asking a system raised it.
        """
        while self._tasks:
            left = max(0.0, self._ends - self._loop.time())
            timeout = None if left == inf else left
            done, _ = await asyncio.wait(
                self._tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                return f"no answer within {self._plan.grace_s:g} s after {self._plan.quorum} others"
            for task in done:
                self._take(self._tasks.pop(task), task.result())
            is_open = self._tasks or self._failed
            if is_open and self._plan.settled and await self._is_settled():
                return _CERTAIN
            self._replace_failed()
        over = self._ends <= self._loop.time()
        return f"{self._plan.quorum} others had answered" if over else None

    def _take(self, name: str, answer: Answer) -> None:
        self.answers[name] = answer
        usable = sum(answer.status == "ok" for answer in self.answers.values())
        if self._plan.quorum is not None and usable >= self._plan.quorum:
            self._ends = min(self._ends, self._loop.time() + self._plan.grace_s)
        if answer.status != "ok" and self._stand_ins(name):
            self._failed.append(name)

    def _replace_failed(self) -> None:
        """Ask stand-ins for the systems that failed since the last time, while there is time."""
        for name in self._failed if self._loop.time() < self._last else ():
            for spare in self._stand_ins(name)[:1]:
                self._spare.remove(spare)
                self._places[spare] = self._places.get(name, name)
                self._ask(spare)
        self._failed.clear()

    def _ask(self, name: str) -> None:
        self._began[name] = self._loop.time()
        self._tasks[asyncio.ensure_future(self._ask_one(name))] = name

    def _stand_ins(self, name: str) -> list[str]:
        """Return the systems, not asked yet, that would be asked in place of a system."""
        place = self._places.get(name, name)
        stand_ins = self._plan.stand_ins
        return [spare for spare in self._spare if not stand_ins[spare] or place in stand_ins[spare]]

    async def _is_settled(self) -> bool:
        waiting = [*self._tasks.values(), *(name for names in self._rounds for name in names)]
        slots = [
            *((name, *self._stand_ins(name)) for name in waiting),
            *map(tuple, map(self._stand_ins, self._failed)),
        ]
        return await self._settled(self.answers, slots)

    def _note(self, reason: str) -> None:
        """Answer for the systems that are not waited for, and for those that are not asked."""
        now = self._loop.time()
        for name in self._tasks.values():
            milliseconds = (now - self._began[name]) * 1000
            self.answers[name] = Answer(None, "late", reason, milliseconds)
        for names in self._rounds:
            self._leave_out(names, "not asked", reason)
        self._leave_out(self._spare, "not asked", _NOT_NEEDED)

    def _leave_out(self, names: Sequence[str], status: AnswerStatus, reason: str) -> None:
        self.answers |= {name: Answer(None, status, reason, 0.0) for name in names}
