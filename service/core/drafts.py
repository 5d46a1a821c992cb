"""Drafts of outcomes, combined without the judges of the service, and judged where contested."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Combiner, combine
from ensemble.decoding.decode import Combination
from ensemble.judges.contested import CERTAIN, Contest, contest
from ensemble.timing import Clock
from evaluation.records import Segment
from service.core.judging import Budget, Judges
from service.core.query import JudgeResult, Outcome, Query, SystemResult

T = TypeVar("T")

_AT_ONCE = 4
"""Segments of one request about which judges are asked at the same time."""

_LATE = "the service was too busy to combine again by the deadline"
_CERTAIN = "its scores cannot change the outcome"


@dataclass(slots=True)
class Draft:
    """A query that has been combined, with what it takes to combine it again with more scores."""

    query: Query
    segment: Segment
    ballot: Ballot
    combination: Combination
    results: Mapping[str, SystemResult]
    combiner: Combiner
    kind: Kind
    clock: Clock
    units: int
    """Units of work that combining takes."""
    judges: dict[str, JudgeResult] = field(default_factory=dict)
    contest: Contest = CERTAIN

    @property
    def outcome(self) -> Outcome:
        """The outcome as it is now."""
        return Outcome(self.combination, self.results, self.combiner, self.kind, self.judges)


class Run(Protocol):
    """Runs work of this many units where the engine runs it, within its limits."""

    def __call__(self, work: Callable[[], T], units: int, clock: Clock) -> Awaitable[T]:
        """Return what `work` returns."""


async def find_contest(draft: Draft, judges: Judges, run: Run) -> None:
    """Note in `draft` which judges can change its outcome, and why the others are not asked."""
    draft.judges = judges.unasked(draft.query, draft.combiner)
    ranges = judges.ranges(but=draft.judges)
    if not ranges:
        return
    work = partial(
        contest, draft.ballot, draft.combiner, draft.combination, ranges, draft.query.recuse
    )
    # With a clock of its own: its combinations are not the one that is measured.
    try:
        draft.contest = await run(work, draft.units, Clock())
    except TimeoutError:
        draft.judges |= judges.not_asked(_LATE, ranges)
        return
    certain = [name for name in ranges if name not in draft.contest.judges]
    draft.judges |= judges.not_asked(_CERTAIN, certain)


async def judge(drafts: Sequence[Draft], judges: Judges, budget: Budget, run: Run) -> None:
    """Ask judges about the contested ones of `drafts`, closest first, and combine these again."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def ask(draft: Draft) -> None:
        async with slots:  # entered in the order in which the tasks begin
            await _judge(draft, judges, budget, run)

    contested = [draft for draft in drafts if draft.contest.judges]
    contested.sort(key=lambda draft: draft.contest.margin)
    await asyncio.gather(*map(ask, contested))


async def _judge(draft: Draft, judges: Judges, budget: Budget, run: Run) -> None:
    names, recuse = draft.contest.judges, draft.query.recuse
    draft.judges |= await judges.ask(draft.segment, draft.ballot, names, budget, recuse)
    draft.clock.lap("judge")
    given = {name: draft.judges[name].scores for name in names if draft.judges[name].scores}
    if given:
        draft.ballot = replace(draft.ballot, scores={**draft.ballot.scores, **given})
        work = partial(combine, draft.ballot, draft.combiner)
        try:
            draft.combination = await run(work, draft.units, draft.clock)
        except TimeoutError:  # the output by the votes is there already
            for name in given:
                draft.judges[name] = replace(draft.judges[name], status="timeout", reason=_LATE)
