"""Drafts that are judged: in which order, within which limits, and when time runs out."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest

from ensemble.candidates import collect
from ensemble.combiners.base import combine
from ensemble.judges.contested import CERTAIN
from ensemble.systems.roster import Roster
from ensemble.timing import Clock
from evaluation.records import Segment
from service.core.drafts import Draft, Run, find_contest, judge
from service.core.judging import Budget, Judges
from service.core.query import Query
from service.core.settings import Settings
from tests import judged

T = TypeVar("T")
ASKED: list[str] = []
TIE = {"a": "x", "b": "x", "c": "yes", "d": "yes"}


def by_length(source: str, outputs: Sequence[str]) -> list[float]:
    ASKED.append(source)
    return [float(len(text)) for text in outputs]


@pytest.fixture
def judges() -> Judges:
    ASKED.clear()
    entry = {"name": judged.JUDGE, "callable": f"{__name__}:by_length", "scale": [0, 10]}
    systems = [{"name": "same", "callable": "builtins:str.strip"}]
    content = {"version": 1, "systems": systems, "judges": [entry], "judge_budget": 2}
    return Judges(Roster.model_validate(content), Settings())


def drafted(source: str, outputs: dict[str, str], **more: object) -> Draft:
    segment, combiner = Segment(source, outputs), judged.combiner()
    ballot = collect(segment, "labels")
    query = Query(source, outputs, combiner="neural", **more)  # type: ignore[arg-type]
    made = combine(ballot, combiner)
    return Draft(query, segment, ballot, made, {}, combiner, "labels", Clock(), 1)


async def at_once(work: Callable[[], T], units: int, clock: Clock) -> T:
    return work()


async def too_late(work: Callable[[], T], units: int, clock: Clock) -> T:
    raise TimeoutError


async def judged_by(
    judges: Judges, drafts: list[Draft], budget: Budget | None = None, again: Run = at_once
) -> None:
    await judges.start()
    for draft in drafts:
        await find_contest(draft, judges, at_once)
    await judge(drafts, judges, budget or judges.budget(), again)
    await judges.stop()


def reasons(drafts: list[Draft]) -> list[str | None]:
    return [draft.judges[judged.JUDGE].reason for draft in drafts]


def test_the_closest_are_asked_first_until_the_budget_is_spent(judges: Judges) -> None:
    lead = {**TIE, "b": "yes"}
    drafts = [drafted("lead", lead), drafted("tie", TIE), drafted("sure", dict.fromkeys(TIE, "x"))]
    drafts.append(drafted("another tie", TIE))
    asyncio.run(judged_by(judges, drafts))
    assert sorted(ASKED) == ["another tie", "tie"]
    assert reasons(drafts) == [
        "the budget of the request is spent",
        None,
        "its scores cannot change the outcome",
        None,
    ]
    assert [draft.outcome.combination.text for draft in drafts] == ["yes", "yes", "x", "yes"]


def test_after_its_time_a_request_asks_nothing(judges: Judges) -> None:
    draft = drafted("tie", TIE)
    asyncio.run(judged_by(judges, [draft], Budget(2, until=0.0)))
    assert reasons([draft]) == ["the time of the request for judges is spent"]
    assert ASKED == []


def test_judges_that_are_busy_are_not_asked(judges: Judges) -> None:
    draft = drafted("tie", TIE)

    async def scenario() -> None:
        with judges._gate.enter(Settings().asking_at_once):
            await judged_by(judges, [draft], Budget(2, until=0.0))

    asyncio.run(scenario())
    assert reasons([draft]) == ["judges are being asked for too many requests"]


def test_too_late_to_find_out_whether_it_is_contested(judges: Judges) -> None:
    draft = drafted("tie", TIE)
    asyncio.run(find_contest(draft, judges, too_late))
    assert draft.contest == CERTAIN
    assert reasons([draft]) == ["the service was too busy to combine again by the deadline"]


def test_too_late_to_combine_again_leaves_the_outcome_to_the_votes(judges: Judges) -> None:
    draft = drafted("tie", TIE)
    asyncio.run(judged_by(judges, [draft], again=too_late))
    assert draft.outcome.combination.text == "x"
    result = draft.outcome.judges[judged.JUDGE]
    assert (result.status, result.scores) == ("timeout", {"a": 1, "b": 1, "c": 3, "d": 3})
    assert reasons([draft]) == ["the service was too busy to combine again by the deadline"]
