"""The one place that combines: it holds the systems and the combiners, and knows no HTTP."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from ensemble.answers import is_answer
from ensemble.baselines import USUAL, Majority, MinimumBayesRisk
from ensemble.candidates import Ballot, Kind, collect
from ensemble.chat import ChatConfig
from ensemble.combiner import Combiner, combine, kind_for, signed
from ensemble.decode import Combination
from ensemble.diversity.system import MemberConfig
from ensemble.labels import LabelCase
from ensemble.outbound import HttpConfig
from ensemble.phases import CLOCK, Clock, lap
from ensemble.proposals import Trusted
from ensemble.roster import Roster
from ensemble.systems import CallableConfig, CommandConfig, PipelineConfig, System, ask
from evaluation import VERSION
from evaluation.records import Segment
from service.limits import INLINE_CHARACTERS, Gate, Refused, check_text
from service.registry.registered import Registered
from service.registry.trial import tried
from service.settings import Settings
from service.telemetry.exchange import Asked, Combined, Watched

_KINDS: dict[type, str] = {
    CommandConfig: "command",
    CallableConfig: "callable",
    HttpConfig: "http",
    ChatConfig: "chat",
    MemberConfig: "member",
    PipelineConfig: "pipeline",
}

_TURN_S = 0.005
_PLACE_S = 0.05
"""How often who waits looks: combining is over soon, and systems take as long as they take."""

Status = Literal["ok", "failed", "timeout", "missing"]
"""What became of a system's part: `missing` is an output that was given as null, or empty."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to combine: `outputs` that are given, and those of `systems`, which are asked for them.

    Where `systems` is `None`, all are asked unless outputs are given. `kind` is the combiner's
    usual one where it is `None`, and `combiner` the one that is usual for the kind. A `patient`
    one waits for its turn where another would be refused: one segment of many, of which only a
    few are under way at a time.
    """

    source: str
    outputs: Mapping[str, str | None] | None = None
    systems: Sequence[str] | None = None
    kind: Kind | None = None
    combiner: str | None = None
    patient: bool = False
    label_case: LabelCase = "keep"


@dataclass(frozen=True, slots=True)
class Voice:
    """One system's part; `milliseconds` only where it was asked, `text` only where it answered."""

    status: Status
    weight: float
    milliseconds: float | None = None
    text: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A combination, whose voices are in it, and what combined them."""

    combination: Combination
    voices: Mapping[str, Voice]
    combiner: Combiner
    kind: Kind

    @property
    def version(self) -> str:
        """That of the combiner: its own if it was registered, else Consort's."""
        return str(self.combiner.version) if isinstance(self.combiner, Registered) else VERSION

    @property
    def signature(self) -> str:
        """What gives the same combination again."""
        return signed(self.combiner, self.kind)

    @property
    def degraded(self) -> bool:
        """Whether some system's voice is missing."""
        return any(voice.status != "ok" for voice in self.voices.values())


@dataclass(frozen=True, slots=True)
class Offer:
    """Combiners by what requests call them, where outputs are given and where systems are asked."""

    given: Mapping[str, Combiner]
    asked: Mapping[str, Combiner]


Watch = Callable[[Ballot, Combiner, Combination], None]
"""Hears of every combination, and of what it was made; returns at once."""


@dataclass(frozen=True, slots=True)
class Member:
    """A system of the ensemble, and what its voice weighs."""

    system: System
    kind: str
    weight: float


class Engine:
    """Combines what it is given, and what its own systems answer."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self.members = {
            entry.name: Member(entry.system(), _KINDS[type(entry)], entry.weight)
            for entry in roster.entries
        }
        trained = [_trained(settings.combiner)] if settings.combiner else []
        self.vote = roster.vote()
        self.may_change_protected = roster.may_change_protected
        self.watch: Watch | None = None
        self._own = Offer(
            _by_name(Majority(), MinimumBayesRisk(), *trained),
            _by_name(self.vote, MinimumBayesRisk(), *trained),
        )
        self._offers: dict[str, Offer] = {}
        self._all = self._own
        self._deadline_s = settings.deadline_s
        self._patience_s = settings.batch_deadline_s
        self._queue = Gate(settings.queue_characters)
        self.hear: tuple[Watched, ...] = ()
        self._asking = Gate(settings.asking_at_once)
        # One: a second would only take the interpreter from the first, and from the event loop.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="combine")
        self._starting: dict[str, asyncio.Task[None]] = {}

    @property
    def queued(self) -> int:
        """Characters of texts that are being combined or wait for it."""
        return self._queue.taken

    def has_room(self, characters: int) -> bool:
        """Whether so many characters would be let in to be combined, now."""
        return self._queue.has_room(characters)

    async def start(self) -> None:
        """Have all systems start, side by side, and do not wait for them."""
        self._starting = {
            name: asyncio.create_task(member.system.start())
            for name, member in self.members.items()
        }

    async def stop(self) -> None:
        """Stop all systems, those that are still starting too."""
        tasks = self._starting.values()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(member.system.stop() for member in self.members.values()))

    def offer(self, room: str, combiners: Offer) -> None:
        """Have requests choose among these too, in place of what `room` offered before.

        All change at once, and a request under way keeps the combiner it began with.
        """
        self._offers = {**self._offers, room: combiners}
        offers = [*self._offers.values(), self._own]
        given = {name: one for offer in offers for name, one in offer.given.items()}
        asked = {name: one for offer in offers for name, one in offer.asked.items()}
        self._all = Offer(given, asked)

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
        asked = self._asked(query)
        combiner = self._choose(query, asked)
        kind = _kind(combiner, query.kind)
        _check_label_case(query.label_case, kind)
        clock = Clock()
        texts = dict(query.outputs or {})
        voices = {n: _given(query.source, t, combiner.weight(n)) for n, t in texts.items()}
        if asked:
            check_text(query.source, ["source"])
            answered = await self._ask(query, asked, combiner)
            voices |= answered
            texts |= {name: voice.text for name, voice in answered.items()}
            clock.lap("ask")
        segment = Segment(query.source, texts)
        work = partial(
            _combine, segment, kind, combiner, query.label_case, self.may_change_protected
        )
        size = len(query.source) + sum(len(text) for text in texts.values() if text)
        patient = query.patient or bool(asked)  # then the systems' work would be lost
        async with asyncio.timeout(self._deadline_s):
            ballot, combination = await self._work(work, size, patient, clock)
        if self.watch is not None:
            self.watch(ballot, combiner, combination)
        outcome = Outcome(combination, voices, combiner, kind)
        if self.hear:
            self._tell(outcome, clock)
        return outcome

    def _asked(self, query: Query) -> Sequence[str]:
        """Return the systems to ask: those named, or all where nothing is named or given."""
        if query.systems is None and query.outputs is None:
            if not self.members:
                raise Refused([], "needs outputs: this service has no systems to ask")
            return list(self.members)
        asked = query.systems or ()
        for place, name in enumerate(asked):
            if name not in self.members:
                there_are = ", ".join(self.members)
                raise Refused(["systems", place], f"{name!r} is not known; there are {there_are}")
        return asked

    def _choose(self, query: Query, asked: Sequence[str]) -> Combiner:
        combiners = self._all.asked if asked else self._all.given
        name = query.combiner or USUAL[query.kind or "edits"]
        chosen = combiners.get(name)
        if chosen is None:
            there_are = ", ".join(combiners)
            raise Refused(["combiner"], f"{name!r} is not known; there are {there_are}")
        return chosen

    async def _ask(
        self, query: Query, names: Sequence[str], combiner: Combiner
    ) -> dict[str, Voice]:
        if query.patient:
            # Apart from the systems' time: what others take of it is no fault of theirs.
            async with asyncio.timeout(self._patience_s):
                await self._asking.room(1, _PLACE_S)
        with self._asking.enter():
            await self._wait_for_the_first_start(names)
            systems = [self.members[name].system for name in names]
            answers = await ask(systems, query.source, self._deadline_s)
        return {
            name: _bounded(Voice(a.status, combiner.weight(name), a.milliseconds, a.text, a.reason))
            for name, a in answers.items()
        }

    async def _wait_for_the_first_start(self, names: Sequence[str]) -> None:
        """Let systems that are only just starting finish: who asks early wants them too."""
        pending = [self._starting[name] for name in names if name in self._starting]
        if not all(task.done() for task in pending):
            await asyncio.wait(pending, timeout=self._deadline_s)

    async def _work(
        self, work: Callable[[], tuple[Ballot, Combination]], size: int, patient: bool, clock: Clock
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


def _kind(combiner: Combiner, kind: Kind | None) -> Kind:
    try:
        return kind_for(combiner, kind)
    except ValueError as error:
        raise Refused(["kind"], str(error)) from error


def _check_label_case(label_case: LabelCase, kind: Kind) -> None:
    if label_case != "keep" and kind != "labels":
        raise Refused(["label_case"], f"{label_case} is for labels, not {kind}")


def _trained(folder: Path) -> Combiner:
    try:
        return tried(folder)
    except Refused as refusal:
        raise ValueError(f"{folder}: the {refusal.path[0]}: {refusal}") from None


def _by_name(*combiners: Combiner) -> dict[str, Combiner]:
    return {combiner.name: combiner for combiner in combiners}


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


def _given(source: str, text: str | None, weight: float) -> Voice:
    if text is None:
        return Voice("missing", weight, reason="no output was given")
    if not is_answer(source, text):
        return Voice("missing", weight, reason="its output is empty, and the source is not")
    return Voice("ok", weight)


def _bounded(voice: Voice) -> Voice:
    """Count an answer that is too long to combine as the system's failure."""
    try:
        check_text(voice.text or "", [])
    except Refused as refusal:
        reason = f"its answer {refusal.detail}"
        return replace(voice, status="failed", text=None, reason=reason)
    return voice
