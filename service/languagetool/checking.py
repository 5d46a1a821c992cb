"""Corrects the sentences of a text, a few at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from service.core.engine import Engine, Outcome, Query
from service.core.judging import Budget
from service.core.limits import Refused
from service.core.problems import later
from service.core.query import PLANNED
from service.languagetool.matches import Match, matches
from service.languagetool.rules import Selection

_AT_ONCE = 8
"""Sentences of one text in progress: as many as endpoints are asked about at the same time."""

_LATE = "not all sentences were checked in time"
_TOO_LONG = "a sentence is too long"

Span = tuple[int, int]
"""Start and end of a sentence, in characters."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Start and end of a sentence in the text, and its matches, with offsets in the sentence."""

    start: int
    end: int
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """All sentences of a text in order, and the reasons why some systems missed some of them."""

    sentences: tuple[Sentence, ...]
    gaps: tuple[str, ...]


class Checker:
    """Checks texts with all systems of an engine and one of its combiners."""

    def __init__(self, engine: Engine, combiner: str, deadline_s: float) -> None:
        self._engine = engine
        self._combiner = combiner
        self._deadline_s = deadline_s

    async def check(self, text: str, spans: Sequence[Span], selection: Selection) -> Checked:
        """Return the matches in the sentences of `text`, for the selected rules.

        Sentences that are not checked by the deadline are listed as gaps.

        Raises:
            Busy: the service is at capacity.
            TimeoutError: no sentence was checked by the deadline.
            Problem: no system answered.
        """
        sources = [text[a:b] for a, b in spans]
        outcomes: list[Outcome | str] = [_LATE] * len(sources)
        budget = self._engine.judges.budget(self._deadline_s / 2)
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._ask_all(sources, outcomes, budget)
        except TimeoutError:
            if not any(isinstance(outcome, Outcome) for outcome in outcomes):
                raise
        if spans and not any(map(_is_answered, outcomes)):
            raise later("no-system-answered", "no system answered")
        sentences = tuple(
            Sentence(a, b, _matches(source, outcome, selection))
            for (a, b), source, outcome in zip(spans, sources, outcomes, strict=True)
        )
        return Checked(sentences, _gaps(outcomes))

    async def _ask_all(
        self, sources: Sequence[str], outcomes: list[Outcome | str], budget: Budget
    ) -> None:
        """Correct a few sentences at a time, and put their results into `outcomes`.

        The first sentence is rejected if the service is at capacity; the others wait.
        """
        slots = asyncio.Semaphore(_AT_ONCE)

        async def ask(i: int) -> None:
            async with slots:
                outcomes[i] = await self._ask(sources[i], True, budget)

        if sources:
            outcomes[0] = await self._ask(sources[0], False, budget)
        try:
            async with asyncio.TaskGroup() as group:
                for i in range(1, len(sources)):
                    group.create_task(ask(i))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _ask(self, source: str, queue_if_busy: bool, budget: Budget) -> Outcome | str:
        """Return the outcome for a sentence, or the reason why it was not checked."""
        members = list(self._engine.members)
        query = Query(source, None, members, "edits", self._combiner, queue_if_busy)
        try:
            return await self._engine.combine(query, budget)
        except Refused as refusal:
            if refusal.path != ("source",):
                raise
            return _TOO_LONG


def _is_answered(outcome: Outcome | str) -> bool:
    return outcome == _TOO_LONG or (
        isinstance(outcome, Outcome)
        and any(result.status == "ok" for result in outcome.results.values())
    )


def _matches(source: str, outcome: Outcome | str, selection: Selection) -> tuple[Match, ...]:
    if isinstance(outcome, str):
        return ()
    return tuple(matches(source, outcome.combination, selection))


def _gaps(outcomes: Sequence[Outcome | str]) -> tuple[str, ...]:
    failed = {
        f"{name} did not answer for every sentence": None
        for outcome in outcomes
        if isinstance(outcome, Outcome)
        for name, result in outcome.results.items()
        if result.status not in PLANNED
    }
    unchecked = {outcome: None for outcome in outcomes if isinstance(outcome, str)}
    return (*failed, *unchecked)
