"""Feedback of processes that share a database: all end equal, and each computes only changes."""

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import SQLAlchemyError

from service.core.problems import Problem
from service.core.settings import Settings
from service.feedback import records, standing
from service.feedback.competence import HORIZON
from service.feedback.feedback import Feedback
from service.feedback.records import Judged
from service.feedback.standing import Standing
from service.store.database import Database

DAY_S = 86_400.0


@asynccontextmanager
async def running(database: Database, tmp_path: Path, **changes: object) -> AsyncIterator[Feedback]:
    """Feedback of one process, with an engine that takes combiners."""
    given = {"state": tmp_path, "poll_s": 30.0, **changes}
    engine = SimpleNamespace(vote=None, add_combiners=lambda *_: None)
    feedback = Feedback(database, engine, Settings(**given))  # type: ignore[arg-type]
    await feedback.start()
    try:
        yield feedback
    finally:
        await feedback.stop()


def judged(chance: random.Random) -> list[Judged]:
    return [
        Judged(chance.choice(["text", "R:SPELL"]), chance.sample("abc", 2), chance.random() < 0.7)
        for _ in range(chance.randint(1, 30))
    ]


def test_two_processes_end_equal(database: Database, tmp_path: Path) -> None:
    async def both() -> tuple[Standing, Standing, Standing]:
        chance = random.Random(1)
        async with (
            running(database, tmp_path) as one,
            running(database, tmp_path, poll_s=0.01) as other,
        ):
            ids = []
            for i in range(40):
                feedback, owner = (one, "k") if i % 3 else (other, "l")
                ids.append((await feedback.add(owner, judged(chance)), owner))
                if i % 4 == 0:
                    await other.retract(*ids.pop(chance.randrange(len(ids))))
            for feedback in (one, other):
                await feedback.retract(*ids.pop())
            one._changed()  # so that it does not wait for its next look
            shown = await one.standing(), await other.standing()
            async with running(database, tmp_path) as late:
                return *shown, await late.standing()

    one, other, late = asyncio.run(both())
    assert one == late == other
    assert one.drifts
    assert set(one.systems) == set("abc")


def test_many_questions_cost_one_computation(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times, threads, compute = [0], set[str](), standing.compute

    def counted(*arguments: object) -> Standing:
        times[0] += 1
        threads.add(threading.current_thread().name)
        return compute(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(standing, "compute", counted)

    async def ask() -> list[int]:
        seen = []
        async with running(database, tmp_path) as feedback:
            await feedback.standing()
            seen.append(times[0])
            await feedback.add("", [Judged("text", ["a"], True)])
            answers = await asyncio.gather(*(feedback.standing() for _ in range(16)))
            assert all(answer.systems["a"].accepted == 1 for answer in answers)
            seen.append(times[0])
            for _ in range(16):
                await feedback.standing()
            feedback._task.wake()
            await feedback._looked.wait()
            seen.append(times[0])
        return seen

    assert asyncio.run(ask()) == [1, 2, 2]
    assert {name.partition("_")[0] for name in threads} == {"feedback"}


def test_without_the_database_competence_stays(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask() -> None:
        async with running(database, tmp_path) as feedback:
            before = await feedback.standing()
            with monkeypatch.context() as patch:
                patch.setattr(records, "revision", away)
                assert await feedback.standing() is before
                await feedback.add("", [Judged("text", ["a"], True)])
                with pytest.raises(Problem, match="cannot be computed"):
                    await feedback.standing()
            assert (await feedback.standing()).systems["a"].accepted == 1

    asyncio.run(ask())


def away(_: object) -> int:
    raise SQLAlchemyError("away")


def test_old_feedback_is_removed_at_once_but_in_parts(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        for i in range(50):
            records.add(connection, "", [Judged("text", ["old"], True)], i * DAY_S)

    async def ask() -> Standing:
        async with running(database, tmp_path) as feedback:
            await feedback.add("", [Judged("text", ["new"], True)])
            while left(database):
                await feedback._looked.wait()
            return await feedback.standing()

    assert set(asyncio.run(ask()).systems) == {"new"}
    assert HORIZON > 0


def left(database: Database) -> bool:
    with database.read() as connection:
        return records.outdated(connection, 1000)


def test_the_day_ends(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the next day verdicts count less, and those beyond the horizon nothing."""

    async def ask() -> list[float]:
        async with running(database, tmp_path, feedback_half_life_days=1.0) as feedback:
            await feedback.add("", [Judged("text", ["a"], True)])
            seen = [(await feedback.standing()).systems["a"].accepted]
            today = records.day_of(time.time())
            for ahead in (1, HORIZON + 1):
                day = today + ahead
                monkeypatch.setattr(records, "day_of", lambda _, day=day: day)
                looked = feedback._looked
                feedback._task.wake()
                await looked.wait()
                systems = (await feedback.standing()).systems
                seen.append(systems["a"].accepted if "a" in systems else 0.0)
            return seen

    assert asyncio.run(ask()) == [1, 0.5, 0]
