"""The one place that combines: it holds the systems and the combiners, and knows no HTTP."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

from ensemble.candidates import Ballot, Kind, collect
from ensemble.candidates.answers import is_answer
from ensemble.candidates.labels import LabelCase
from ensemble.candidates.protection import Trusted
from ensemble.combiners.base import Combiner, combine
from ensemble.decoding.decode import Combination
from ensemble.systems.roster import Roster
from ensemble.timing import CLOCK, Clock, lap
from evaluation.records import Segment
from service.core.combiner_table import Offer, Offers
from service.core.limits import INLINE_CHARACTERS, Gate, check_text
from service.core.members import Member, Members
from service.core.query import Outcome, Query, Status, Voice
from service.core.settings import Settings
from service.telemetry.exchange import Asked, Combined, Watched

__all__ = ["Engine", "Member", "Offer", "Outcome", "Query", "Status", "Voice", "Watch"]

_TURN_S = 0.005
"""How often a patient query looks for its turn: combining is over soon."""

Watch = Callable[[Ballot, Combiner, Combination], None]
"""Hears of every combination, and of what it was made; returns at once."""

_Work = Callable[[], tuple[Ballot, Combination]]


class Engine:
    """Combines what it is given, and what its own systems answer."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self.vote = roster.vote()
        self.may_change_protected = roster.may_change_protected
        self.watch: Watch | None = None
        self.hear: tuple[Watched, ...] = ()
        self._members = Members(roster, settings)
        self._offers = Offers(self.vote, settings.combiner)
        self._deadline_s = settings.deadline_s
        self._queue = Gate(settings.queue_characters)
        # One: a second would only take the interpreter from the first, and from the event loop.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="combine")

    @property
    def members(self) -> Mapping[str, Member]:
        """The systems, by name."""
        return self._members.by_name

    @property
    def asking(self) -> Gate:
        """What lets in as many queries at once as systems are asked for."""
        return self._members.asking

    @property
    def queued(self) -> int:
        """Characters of texts that are being combined or wait for it."""
        return self._queue.taken

    def has_room(self, characters: int) -> bool:
        """Whether so many characters would be let in to be combined, now."""
        return self._queue.has_room(characters)

    async def start(self) -> None:
        """Have all systems start, side by side, and do not wait for them."""
        await self._members.start()

    async def stop(self) -> None:
        """Stop all systems, those that are still starting too."""
        await self._members.stop()

    def offer(self, owner: str, combiners: Offer) -> None:
        """Have requests choose among these too, in place of what `owner` offered before."""
        self._offers.put(owner, combiners)

    async def combine(self, query: Query) -> Outcome:
        """Combine the outputs of one segment, those given and those that systems are asked for.

        A system that fails leaves the outcome degraded; where all do, the text is the source,
        and a label is none.
        Asking may take until the deadline, and combining as long again, waiting included; so may
        waiting for systems that are starting with the service. A patient query waits for its turn
        to ask for as long as a whole batch may take.

        Raises:
            Refused: an unknown system or combiner, a kind it does not combine, a text too long.
            Busy: as many characters as may be are waiting to be combined, or systems being asked
                for as many queries.
            TimeoutError: combining was not done by the deadline, or asking not begun.
        """
        asked = self._members.chosen(query)
        combiner, kind = self._offers.choose(query, asking=bool(asked))
        clock = Clock()
        texts = dict(query.outputs or {})
        voices = {n: _given(query.source, t, combiner.weight(n)) for n, t in texts.items()}
        if asked:
            check_text(query.source, ["source"])
            answered = await self._members.ask(query, asked, combiner)
            voices |= answered
            texts |= {name: voice.text for name, voice in answered.items()}
            clock.lap("ask")
        segment = Segment(query.source, texts)
        trusted = self.may_change_protected
        work = partial(_combine, segment, kind, combiner, query.label_case, trusted)
        patient = query.patient or bool(asked)  # then the systems' work would be lost
        async with asyncio.timeout(self._deadline_s):
            ballot, combination = await self._work(work, _size(segment), patient, clock)
        if self.watch is not None:
            self.watch(ballot, combiner, combination)
        outcome = Outcome(combination, voices, combiner, kind)
        if self.hear:
            self._tell(outcome, clock)
        return outcome

    async def _work(
        self, work: _Work, size: int, patient: bool, clock: Clock
    ) -> tuple[Ballot, Combination]:
        if patient:
            await self._queue.room(size, _TURN_S)
        with self._queue.enter(size):
            # All who have come by now get in, or are refused, before the first is worked on.
            await asyncio.sleep(0)
            timed = CLOCK.set(clock)
            try:
                if size <= INLINE_CHARACTERS:
                    return work()
                run = copy_context().run
                return await asyncio.get_running_loop().run_in_executor(self._thread, run, work)
            finally:
                CLOCK.reset(timed)

    def _tell(self, outcome: Outcome, clock: Clock) -> None:
        voices = outcome.voices
        told = Combined(
            kind=outcome.kind,
            combiner=outcome.combiner.name,
            laps=clock.laps,
            parts={
                name: Asked(voice.status, voice.milliseconds)
                for name, voice in voices.items()
                if voice.milliseconds is not None
            },
            votes=[len(d.candidate.voters) for d in outcome.combination.decisions],
            voters=sum(voice.status == "ok" for voice in voices.values()),
        )
        for hear in self.hear:
            hear(told)


def _combine(
    segment: Segment,
    kind: Kind,
    combiner: Combiner,
    label_case: LabelCase,
    may_change_protected: Trusted,
) -> tuple[Ballot, Combination]:
    lap("queue")
    check_text(segment.source, ["source"])
    for name, text in segment.hypotheses.items():
        check_text(text or "", ["outputs", name])
    ballot = collect(
        segment, kind, label_case=label_case, may_change_protected=may_change_protected
    )
    lap("align")
    combination = combine(ballot, combiner)
    lap("decode")
    return ballot, combination


def _size(segment: Segment) -> int:
    """Return how many characters there are to combine."""
    return len(segment.source) + sum(len(text) for text in segment.hypotheses.values() if text)


def _given(source: str, text: str | None, weight: float) -> Voice:
    if text is None:
        return Voice("missing", weight, reason="no output was given")
    if not is_answer(source, text):
        return Voice("missing", weight, reason="its output is empty, and the source is not")
    return Voice("ok", weight)
