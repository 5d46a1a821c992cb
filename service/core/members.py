"""The systems of the service's roster: started and stopped together, and asked concurrently."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from ensemble.competence import Skill
from ensemble.systems import Answer, System
from ensemble.systems.ask import ask_one
from ensemble.systems.base import Conversational, SystemConfig
from ensemble.systems.converse import converse
from ensemble.systems.registry import kind_of
from ensemble.systems.roster import Roster, create_system
from ensemble.systems.waiting import Settled, ask_as_planned
from service.core.admission import Gate
from service.core.limits import LONGEST_TEXT, Refused, check_text
from service.core.query import Conversation, Query, SystemResult
from service.core.settings import Settings
from service.core.start_up import StartUp

_INTERVAL_S = 0.01
"""How often a waiting query looks for a free slot."""

_BURST_S = 1.0
"""How long a query waits for a slot: queries that come at the same moment are not too many yet."""

_PATIENCE = 2
"""Deadlines within which later rounds and stand-ins begin; each then has a deadline of its own."""


@dataclass(frozen=True, slots=True)
class Member:
    """A system of the ensemble, with its kind and the weight of its vote.

    `competence` has the types of edits on which it votes, with its skill at each where the roster
    says so; `None` for all types.
    """

    system: System
    kind: str
    weight: float
    competence: Mapping[str, Skill | None] | None = None


class Members:
    """The systems by name; asks them for as many queries at once as the gate `asking` admits."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self.by_name: Mapping[str, Member] = {
            entry.name: _member(entry) for entry in roster.entries
        }
        self._roster = roster
        self.asking = Gate(settings.asking_at_once)
        self._waiting = Gate(settings.asking_at_once)
        self._slots = {entry.name: asyncio.Semaphore(entry.concurrency) for entry in roster.entries}
        self._paced = {entry.name for entry in roster.entries if entry.is_paced}
        self._deadline_s = settings.deadline_s
        self._start_up_s = settings.start_up_s
        self._batch_deadline_s = settings.batch_deadline_s
        systems = {name: member.system for name, member in self.by_name.items()}
        self._start_up = StartUp(systems, limit_s=self._start_up_s)

    @property
    def starting(self) -> Sequence[str]:
        """The systems in their first start-up, as long as it is worth waiting for them."""
        return self._start_up.starting

    async def start(self) -> None:
        """Begin to start all systems concurrently, and return at once."""
        await self._start_up.start()

    async def started(self) -> None:
        """Wait until every system is ready or has failed to start, for up to `start_up_s`."""
        await self._start_up.wait(self.by_name, self._start_up_s)

    async def stop(self) -> None:
        """Stop all systems, including those that are still starting."""
        await self._start_up.stop()

    def chosen(self, query: Query) -> Sequence[str]:
        """Return the systems to ask: those named, or all if the query has no outputs either.

        Raises:
            Refused: a system is unknown; or there are neither systems nor outputs.
        """
        if query.systems is None and query.outputs is None:
            if not self.by_name:
                detail = "needs outputs: this service has no systems to ask"
                raise Refused("too-few-systems", [], detail)
            return list(self.by_name)
        chosen = query.systems or ()
        for i, name in enumerate(chosen):
            if name not in self.by_name:
                detail = f"{name!r} is unknown; available: {', '.join(self.by_name)}"
                raise Refused("unknown-system", ["systems", i], detail)
        return chosen

    async def ask(self, query: Query, names: Sequence[str], settled: Settled) -> dict[str, Answer]:
        """Return the answer of each system to the source.

        They are asked as the roster plans it; `settled` tells whether the outcome is certain.

        Raises:
            Busy: systems are asked for as many queries as are allowed at once, and as many wait, or
                no slot was free within a second.
            TimeoutError: with `queue_if_busy`, no slot was free before a batch's deadline.
        """
        # Not counted as the systems' time: other requests cause the wait.
        if query.queue_if_busy:
            await self._slot(self._batch_deadline_s)
        else:
            with self._waiting.enter(), suppress(TimeoutError):
                await self._slot(_BURST_S)
        with self.asking.enter():
            plan = self._roster.plan(names, _PATIENCE * self._deadline_s)
            answers = await ask_as_planned(plan, partial(self._ask_one, query), settled)
        return {name: answers[name] for name in names}

    async def _slot(self, patience_s: float) -> None:
        """Wait until systems may be asked for one query more."""
        async with asyncio.timeout(patience_s):
            await self.asking.wait_for_room(1, _INTERVAL_S)

    async def converse(
        self, conversation: Conversation, names: Sequence[str], deadline_s: float, settled: Settled
    ) -> dict[str, Answer]:
        """Return the answer of each system to a conversation, asked as the roster plans it."""
        await self._start_up.wait(names, deadline_s)
        plan = self._roster.plan(names, deadline_s)
        ask_one = partial(self._converse_one, conversation, deadline_s)
        answers = await ask_as_planned(plan, ask_one, settled)
        return {name: answers[name] for name in names}

    async def _converse_one(
        self, conversation: Conversation, deadline_s: float, name: str
    ) -> Answer:
        system = self.by_name[name].system
        assert isinstance(system, Conversational)
        messages, options = conversation.messages, conversation.options
        return _not_too_long(await converse(system, messages, options, deadline_s))

    async def _ask_one(self, query: Query, name: str) -> Answer:
        # Not the system's time, nor is the wait of the segments of a batch for each other.
        await self._start_up.wait([name], self._deadline_s)
        slot = self._slots[name] if query.queue_if_busy else None
        waits = query.queue_if_busy and name in self._paced
        deadline_s = self._batch_deadline_s if waits else self._deadline_s
        return bounded(await ask_one(self.by_name[name].system, query.source, deadline_s, slot))


def bounded(answer: Answer) -> Answer:
    """Return `answer`, as a failure of the system if its text is too long to combine."""
    try:
        check_text(answer.text or "", [])
    except Refused as refusal:
        reason = f"its answer {refusal.detail}"
        return replace(answer, status="failed", text=None, reason=reason)
    return answer


def _not_too_long(answer: Answer) -> Answer:
    """Return `answer`, as a failure if it has more characters than texts of requests may have."""
    if answer.text is None or len(answer.text) <= LONGEST_TEXT:
        return answer
    reason = f"its answer has {len(answer.text)} characters; the limit is {LONGEST_TEXT}"
    return replace(answer, status="failed", text=None, reason=reason)


def result_of(answer: Answer, weight: float) -> SystemResult:
    """Return the result of a system with this answer and weight."""
    milliseconds = None if answer.status == "not asked" else answer.milliseconds
    return SystemResult(
        answer.status, weight, milliseconds, answer.text, answer.reason, answer.spent
    )


def _member(entry: SystemConfig) -> Member:
    types = entry.voting_competence
    competence: Mapping[str, Skill | None] | None = None
    if types is not None:
        competence = types if isinstance(types, Mapping) else dict.fromkeys(types)
    return Member(create_system(entry), kind_of(entry).name, entry.weight, competence)
