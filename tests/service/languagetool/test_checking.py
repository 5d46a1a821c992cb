"""Texts checked sentence by sentence: who is turned away, who waits, and what is late."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from ensemble.systems.roster import read_roster
from service.core.admission import Busy
from service.core.engine import Engine, Outcome, Query
from service.core.judging import Budget
from service.core.settings import Settings
from service.languagetool.checking import Checked, Checker
from service.languagetool.rules import Selection
from service.languagetool.sentences import spans

TEXT = "one.\nTwo.\nthree."


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    path = tmp_path / "roster.yaml"
    upper = ", ".join(f'{{name: {name}, callable: "builtins:str.upper"}}' for name in "ab")
    path.write_text(f"version: 1\nsystems: [{upper}]\n")
    return Engine(read_roster(path), Settings(roster=path, asking_at_once=1))


def check(engine: Engine, deadline_s: float = 10) -> Awaitable[Checked]:
    return Checker(engine, "vote", deadline_s).check(TEXT, list(spans(TEXT)), Selection())


def test_a_text_not_begun_is_turned_away(engine: Engine) -> None:
    async def scenario() -> None:
        with engine.asking.enter(), pytest.raises(Busy):
            await check(engine)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("hangs", "deadline_s", "done"), [("Two.", 3, [1, 0, 1]), ("none", 60, [1, 1, 1])]
)
def test_what_is_late_is_a_gap(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, hangs: str, deadline_s: float, done: list[int]
) -> None:
    combine = engine.combine

    async def combining(query: Query, budget: Budget) -> Outcome:
        if query.source == hangs:
            await asyncio.sleep(3600)
        return await combine(query, budget)

    monkeypatch.setattr(engine, "combine", combining)

    async def scenario() -> Checked:
        await engine.start()
        try:
            return await check(engine, deadline_s)
        finally:
            await engine.stop()

    found = asyncio.run(scenario())
    assert [len(sentence.matches) for sentence in found.sentences] == done
    late = ("not all sentences were checked in time",) if 0 in done else ()
    assert found.gaps == late


def test_where_nothing_is_in_time_it_is_not_done(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hanging(_: Query, __: Budget) -> Outcome:
        return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(engine, "combine", hanging)
    with pytest.raises(TimeoutError):
        asyncio.run(check(engine, 0.05))
