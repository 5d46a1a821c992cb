"""The engine: asks systems, combines outputs and asks judges; independent of HTTP."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

from ensemble.candidates import Ballot, Kind
from ensemble.candidates.incomplete import Incomplete, Slot
from ensemble.combiners.base import Combiner
from ensemble.decoding.decode import Combination
from ensemble.systems import Answer
from ensemble.systems.roster import Roster
from ensemble.systems.waiting import Settled, never
from ensemble.timing import Clock, timed
from evaluation.data.class_probabilities import segment_of
from evaluation.data.judge_scores import recuse
from evaluation.records import Segment
from service.core.admission import INLINE, Gate, WorkGates, check_work
from service.core.admission.segments import work_of
from service.core.combiner_table import CombinerSet, CombinerTable
from service.core.combining import (
    aligns,
    check_source,
    combine_segment,
    incomplete,
    is_certain,
    supplied,
)
from service.core.drafts import Draft, find_contest, judge
from service.core.judging import Budget, Judges
from service.core.limits import check_scored
from service.core.little_work import LittleWork
from service.core.members import Member, Members, bounded, result_of
from service.core.messages import Unsendable
from service.core.query import Conversation, Outcome, Query, Status, SystemResult
from service.core.registered import Named
from service.core.settings import Settings
from service.core.timings import timings
from service.core.warm_up import examples
from service.core.worker_pool import WorkerPool, processes
from service.telemetry.exchange import CombinedListener

__all__ = [
    "CombinationListener",
    "CombinerSet",
    "Engine",
    "Member",
    "Outcome",
    "Query",
    "Status",
    "SystemResult",
]

T = TypeVar("T")

_INTERVAL_S = 0.005
"""How often a waiting query looks for room in the queue: one combination takes milliseconds."""

CombinationListener = Callable[[Ballot, Combiner, Combination], None]
"""Called with each combination and the ballot and combiner it came from; must return at once."""


class Engine:
    """Combines the outputs in a query with those of its own systems."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self.vote = roster.vote()
        self.may_change_protected = roster.may_change_protected
        self.on_combination: CombinationListener | None = None
        self.telemetry: tuple[CombinedListener, ...] = ()
        self._members = Members(roster, settings)
        self.judges = Judges(roster, settings)
        self._combiners = CombinerTable(self.vote, settings.combiner)
        self._deadline_s = settings.deadline_s
        self._gates = WorkGates(settings.queue_characters)
        self._little = LittleWork()
        self._workers = WorkerPool(processes(), "combine")
        # For combiners that cannot be sent to a process.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="combine")

    @property
    def members(self) -> Mapping[str, Member]:
        """The systems, by name."""
        return self._members.by_name

    @property
    def trained_combiner(self) -> Named | None:
        """The trained combiner in the settings, if there is one."""
        return self._combiners.trained

    @property
    def asking(self) -> Gate:
        """The gate that limits for how many queries systems are asked at once."""
        return self._members.asking

    @property
    def queued(self) -> int:
        """Units of work that is done or waits, about the characters of ordinary texts."""
        return self._gates.taken

    def may_have_room(self, characters: int) -> bool:
        """Whether texts of this many characters may be admitted now."""
        return self._gates.may_have_room(characters)

    @property
    def starting(self) -> Sequence[str]:
        """The systems that `/readyz` waits for: in their first start-up, for up to `start_up_s`."""
        return self._members.starting

    async def start(self) -> None:
        """Begin to start all systems and judges concurrently, and return at once.

        Before that an example of each kind is combined, which takes some milliseconds.
        """
        for query, segment in examples():
            combiner, kind = self._combiners.choose(query, asking=True)
            combine_segment(segment, kind, combiner, query.label_case, self.may_change_protected)
        await self._members.start()
        await self.judges.start()

    async def started(self) -> None:
        """Wait until every system is ready or has failed to start, for up to `start_up_s`."""
        await self._members.started()

    async def stop(self) -> None:
        """Stop all systems and judges, including those that are still starting."""
        await self._members.stop()
        await self.judges.stop()
        await self._little.stop()
        self._workers.stop()

    async def warm_up(self) -> None:
        """Start the processes that combine, which takes about two seconds."""
        await self._workers.warm_up()
        await self._little.start()

    def add_combiners(self, owner: str, combiners: CombinerSet) -> None:
        """Add these to the combiners that requests can name, replacing those `owner` had added."""
        self._combiners.put(owner, combiners)

    def combiners(self) -> list[str]:
        """Return the names of the combiners of its own systems' outputs."""
        return self._combiners.names()

    def kinds_of(self, combiner: str) -> tuple[Kind, ...]:
        """Return the kinds that a combiner of its own systems' outputs combines.

        Raises:
            Refused: the combiner is unknown, or its options are.
        """
        return self._combiners.kinds_of(combiner)

    async def converse(
        self, conversation: Conversation, query: Query, names: Sequence[str], deadline_s: float
    ) -> dict[str, Answer]:
        """Return the answer of each of its systems `names` to a conversation.

        `query` is how the answers will be combined. Where that depends on them, by its kind, no
        outcome is certain before all have answered.
        """
        settled: Settled = never
        if query.kind is not None:
            combiner, kind = self._combiners.choose(query, asking=True)
            segment = segment_of(query.source, {}, style=query.style)
            settled = self._settling(query, segment, combiner, kind, names)
        return await self._members.converse(conversation, names, deadline_s, settled)

    async def combine(
        self,
        query: Query,
        budget: Budget | None = None,
        answers: Mapping[str, Answer] | None = None,
    ) -> Outcome:
        """Combine the outputs of one segment: those in the query, and those of the systems it asks.

        If a system fails, the outcome is degraded; if all fail, its text is the source, and its
        label is `None`. Judges are asked where they can change the outcome, within `budget`, which
        the segments of one request share. The deadline applies to each step: to systems that are in
        their first start-up, to asking them, to combining with the wait for it, to asking judges
        and to combining again. A query with `queue_if_busy` also waits for a slot to ask systems,
        up to the deadline of a batch. Where the `answers` of its systems are given, none is asked.

        Raises:
            Refused: an unknown system or combiner, a kind it does not combine, a text too long, or
                texts that take longer to combine than the deadline.
            Busy: too much work waits, or systems are being asked for too many queries.
            TimeoutError: combining was not done by the deadline, or asking not begun.
        """
        draft = await self.draft(query, answers)
        if draft.contest.judges:
            await self.judge([draft], budget or self.judges.budget())
        return self.finish(draft)

    async def draft(self, query: Query, answers: Mapping[str, Answer] | None = None) -> Draft:
        """Combine the outputs of one segment without asking judges; raises as `combine`."""
        asked = self._members.chosen(query) if answers is None else list(answers)
        combiner, kind = self._combiners.choose(query, asking=bool(asked))
        check_scored(query.scores, {*(query.outputs or {}), *asked}, ["scores"])
        clock = Clock()
        segment = segment_of(query.source, query.outputs or {}, style=query.style)
        texts = dict(segment.hypotheses)
        results = {
            name: supplied(query.source, text, combiner.weight(name))
            for name, text in texts.items()
        }
        if asked:
            check_source(query.source, kind)
            if answers is None:
                settled = self._settling(query, segment, combiner, kind, [*texts, *asked])
                answers = await self._members.ask(query, asked, settled)
            elif aligns(kind, combiner):
                answers = {name: bounded(answer) for name, answer in answers.items()}
            answered = {n: result_of(a, combiner.weight(n)) for n, a in answers.items()}
            results |= answered
            texts |= {name: result.text for name, result in answered.items()}
            clock.lap("ask")
        segment = replace(segment, hypotheses=texts, scores=query.scores)
        segment = recuse(segment) if query.recuse else segment
        trusted = self.may_change_protected
        work = partial(combine_segment, segment, kind, combiner, query.label_case, trusted)
        # Once systems have answered, to reject the query would waste their work.
        wait = query.queue_if_busy or bool(asked)
        units = await work_of(segment, kind, combiner)
        if not asked:
            check_work(units, self._deadline_s, ["outputs"])
        ballot, combination = await self._run(work, units, clock, wait)
        draft = Draft(query, segment, ballot, combination, results, combiner, kind, clock, units)
        if self.judges.by_name:
            await find_contest(draft, self.judges, self._run)
        return draft

    def _settling(
        self,
        query: Query,
        segment: Segment,
        combiner: Combiner,
        kind: Kind,
        order: Sequence[str],
    ) -> Settled:
        """Return what tells whether the outcome of a query is certain."""
        trusted = self.may_change_protected
        known = partial(incomplete, query, segment, kind, order, trusted)
        return partial(self._is_settled, combiner, known)

    async def _is_settled(
        self,
        combiner: Combiner,
        incomplete: Callable[[Mapping[str, Answer], Sequence[Slot]], Incomplete],
        answers: Mapping[str, Answer],
        missing: Sequence[Slot],
    ) -> bool:
        """Return whether systems that have not answered cannot change the outcome."""
        known = incomplete(answers, missing)
        units = await work_of(known.segment, known.kind, combiner)
        try:
            # With a clock of its own: only the combination of all answers is measured.
            return await self._run(partial(is_certain, combiner, known), units, Clock())
        except TimeoutError:
            return False

    async def judge(self, drafts: Sequence[Draft], budget: Budget) -> None:
        """Ask judges about the contested ones of `drafts`, closest first, within `budget`."""
        await judge(drafts, self.judges, budget, self._run)

    def finish(self, draft: Draft) -> Outcome:
        """Return the outcome of a draft, and tell the listeners."""
        outcome = draft.outcome
        if self.on_combination is not None:
            self.on_combination(draft.ballot, draft.combiner, draft.combination)
        if self.telemetry:
            combined = timings(outcome, draft.clock)
            for listener in self.telemetry:
                listener(combined)
        return outcome

    async def _run(self, work: Callable[[], T], units: int, clock: Clock, wait: bool = True) -> T:
        """Run `work` by the deadline: mostly on the event loop if it is little, else in a process.

        A process is ended with work that is not done by the deadline.

        Raises:
            Busy: too much work waits, unless it may `wait`.
            TimeoutError: it was not done by the deadline.
        """
        gate = self._gates.of(units)
        async with asyncio.timeout(self._deadline_s):
            if wait:
                await gate.wait_for_room(units, _INTERVAL_S)
            with gate.enter(units):
                if units <= INLINE:
                    result, laps = await self._little.run(partial(timed, work), units)
                else:
                    result, laps = await self._outside(partial(timed, work), units)
                clock.extend(laps)
                return result

    async def _outside(self, work: Callable[[], T], units: int) -> T:
        """Run `work` in a process, or in a thread if it cannot be sent to a process."""
        try:
            return await self._workers.run(work, units)
        except Unsendable:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
