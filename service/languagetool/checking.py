"""Have the sentences of a text corrected, a few of them at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from service.engine import Engine, Outcome, Query
from service.languagetool.matches import Match, matches
from service.languagetool.rules import Selection
from service.languagetool.sentences import spans
from service.limits import Refused
from service.problems import later

_AT_ONCE = 4
"""Sentences of one text that systems are asked about: each takes one at a time anyway."""


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

    async def check(self, text: str, selection: Selection) -> Checked:
        """Return what is to be changed in `text` by the rules that are wanted.

        Raises:
            Busy: too much is under way to begin.
            TimeoutError: not all sentences were checked by the deadline.
            Problem: no system answered.
        """
        places = list(spans(text))
        async with asyncio.timeout(self._deadline_s):
            first = [await self._ask(text[a:b], patient=False) for a, b in places[:1]]
            rest = await self._ask_in_turn([text[a:b] for a, b in places[1:]])
        outcomes = first + rest
        if places and not any(map(_is_answered, outcomes)):
            raise later("no system answered")
        sentences = tuple(
            Sentence(a, b, _matches(text[a:b], outcome, selection))
            for (a, b), outcome in zip(places, outcomes, strict=True)
        )
        return Checked(sentences, _gaps(outcomes))

    async def _ask(self, source: str, patient: bool) -> Outcome | None:
        """Return what the systems make of a sentence, `None` of one that is too long for them."""
        members = list(self._engine.members)
        query = Query(source, None, members, "edits", self._combiner, patient)
        try:
            return await self._engine.combine(query)
        except Refused as refusal:
            if refusal.path != ("source",):
                raise
            return None

    async def _ask_in_turn(self, sources: Sequence[str]) -> list[Outcome | None]:
        """Ask about a few at a time; a text that was begun waits where others are in the way."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def ask(source: str) -> Outcome | None:
            async with places:
                return await self._ask(source, patient=True)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(ask(source)) for source in sources]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]


def _is_answered(outcome: Outcome | None) -> bool:
    return outcome is None or any(voice.status == "ok" for voice in outcome.voices.values())


def _matches(source: str, outcome: Outcome | None, selection: Selection) -> tuple[Match, ...]:
    return tuple(matches(source, outcome.combination, selection)) if outcome else ()


def _gaps(outcomes: Sequence[Outcome | None]) -> tuple[str, ...]:
    absent = {
        name: None
        for outcome in outcomes
        if outcome
        for name, voice in outcome.voices.items()
        if voice.status != "ok"
    }
    gaps = [f"{name} did not answer everywhere" for name in absent]
    if None in outcomes:
        gaps.append("a sentence is too long")
    return tuple(gaps)
