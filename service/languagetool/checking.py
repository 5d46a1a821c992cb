"""Have the sentences of a text corrected, a few of them at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from service.core.engine import Engine, Outcome, Query
from service.core.limits import Refused
from service.core.problems import later
from service.languagetool.matches import Match, matches
from service.languagetool.rules import Selection

_AT_ONCE = 4
"""Sentences of one text that systems are asked about: each takes one at a time anyway."""

_LATE = "not all sentences were checked in time"
_TOO_LONG = "a sentence is too long"

Span = tuple[int, int]
"""Where a sentence starts and ends."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Where in the text it is, and what is to be changed in it, counted from its start."""

    start: int
    end: int
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """All sentences of a text in order, and why some were not checked by all systems."""

    sentences: tuple[Sentence, ...]
    gaps: tuple[str, ...]


class Checker:
    """Checks texts by all systems of an engine, combined by one of its combiners."""

    def __init__(self, engine: Engine, combiner: str, deadline_s: float) -> None:
        self._engine = engine
        self._combiner = combiner
        self._deadline_s = deadline_s

    async def check(self, text: str, places: Sequence[Span], selection: Selection) -> Checked:
        """Return what is to be changed in the sentences of `text` by the rules that are wanted.

        What is not done by the deadline is a gap.

        Raises:
            Busy: too much is under way to begin.
            TimeoutError: no sentence was checked by the deadline.
            Problem: no system answered.
        """
        sources = [text[a:b] for a, b in places]
        outcomes: list[Outcome | str] = [_LATE] * len(sources)
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._ask_all(sources, outcomes)
        except TimeoutError:
            if not any(isinstance(outcome, Outcome) for outcome in outcomes):
                raise
        if places and not any(map(_is_answered, outcomes)):
            raise later("no system answered")
        sentences = tuple(
            Sentence(a, b, _matches(source, outcome, selection))
            for (a, b), source, outcome in zip(places, sources, outcomes, strict=True)
        )
        return Checked(sentences, _gaps(outcomes))

    async def _ask_all(self, sources: Sequence[str], outcomes: list[Outcome | str]) -> None:
        """Ask about a few at a time, putting in `outcomes` what comes of each.

        A text is begun at once or not at all; then it waits where others are in the way.
        """
        places = asyncio.Semaphore(_AT_ONCE)

        async def ask(i: int) -> None:
            async with places:
                outcomes[i] = await self._ask(sources[i], patient=True)

        if sources:
            outcomes[0] = await self._ask(sources[0], patient=False)
        try:
            async with asyncio.TaskGroup() as group:
                for i in range(1, len(sources)):
                    group.create_task(ask(i))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _ask(self, source: str, patient: bool) -> Outcome | str:
        """Return what the systems make of a sentence, or why they were not asked."""
        members = list(self._engine.members)
        query = Query(source, None, members, "edits", self._combiner, patient)
        try:
            return await self._engine.combine(query)
        except Refused as refusal:
            if refusal.path != ("source",):
                raise
            return _TOO_LONG


def _is_answered(outcome: Outcome | str) -> bool:
    return outcome == _TOO_LONG or (
        isinstance(outcome, Outcome)
        and any(voice.status == "ok" for voice in outcome.voices.values())
    )


def _matches(source: str, outcome: Outcome | str, selection: Selection) -> tuple[Match, ...]:
    if isinstance(outcome, str):
        return ()
    return tuple(matches(source, outcome.combination, selection))


def _gaps(outcomes: Sequence[Outcome | str]) -> tuple[str, ...]:
    absent = {
        f"{name} did not answer everywhere": None
        for outcome in outcomes
        if isinstance(outcome, Outcome)
        for name, voice in outcome.voices.items()
        if voice.status != "ok"
    }
    unasked = {outcome: None for outcome in outcomes if isinstance(outcome, str)}
    return (*absent, *unasked)
