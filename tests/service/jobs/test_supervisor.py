"""The supervisor: how long a place rests after deaths, and that it never ceases to look."""

import asyncio
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import ClassVar

import pytest

from service.core.settings import Settings
from service.jobs import supervisor
from service.jobs.retention import Start
from service.jobs.supervisor import Supervisor
from service.store.database import Database

START = Start(0.0, 0.0, 0.0)


class Stillborn:
    """A worker that has died as soon as one looks at it."""

    returncode = 1

    def __init__(self, *_: object, **__: object) -> None:
        self.stdin = BytesIO()

    def poll(self) -> int:
        return self.returncode


class SlowToStart:
    """A worker whose process is made only when `may_start` is set; it lives until it is ended."""

    made: ClassVar[list["SlowToStart"]] = []
    starting, may_start = Event(), Event()
    returncode: int | None = None

    def __init__(self, *_: object, **__: object) -> None:
        self.starting.set()
        self.may_start.wait(30)
        self.stdin = BytesIO()
        self.made.append(self)

    def poll(self) -> int | None:
        return self.returncode

    def terminate(self) -> None:
        self.returncode = 0

    def wait(self, timeout: float) -> int | None:
        return self.returncode


class Clock:
    """Time that passes as the test has it."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(supervisor, "time", clock)
    monkeypatch.setattr(supervisor.subprocess, "Popen", Stillborn)
    return clock


def rest(slot: supervisor._Slot, clock: Clock) -> float:
    """How long the place rests when its worker is found dead."""
    slot.start(Settings(), START)
    found = slot._paused_until - clock.now
    clock.now = slot._paused_until
    slot.start(Settings(), START)
    return found


def test_a_place_rests_longer_after_each_death_but_not_beyond_a_minute(clock: Clock) -> None:
    slot = supervisor._Slot()
    slot.start(Settings(), START)
    rests = [rest(slot, clock) for _ in range(1100)]
    assert rests[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(rests[6:]) == {60}
    clock.now += 61
    assert rest(slot, clock) == 1, "it lived long"


def test_a_worker_that_is_being_started_when_the_service_stops_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'consort.db'}")
    keeper = Supervisor(database, Settings(job_workers=2))
    monkeypatch.setattr(keeper, "_read", lambda: (START, [], True))
    monkeypatch.setattr(supervisor.subprocess, "Popen", SlowToStart)

    async def scenario() -> None:
        await keeper.start()
        await asyncio.to_thread(SlowToStart.starting.wait, 30)
        stopping = asyncio.create_task(keeper.stop())
        await asyncio.wait({stopping}, timeout=0.1)
        SlowToStart.may_start.set()
        await stopping

    asyncio.run(scenario())
    database.close()
    assert [worker.returncode for worker in SlowToStart.made] == [0]


async def found_twice(supervisor: Supervisor, looks: list[None]) -> None:
    await supervisor.start()
    async with asyncio.timeout(30):
        while len(looks) < 2:
            supervisor.wake()
            await asyncio.sleep(0.01)
    await supervisor.stop()


def test_it_looks_again_after_an_error_that_was_not_foreseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'consort.db'}")
    keeper = Supervisor(database, Settings(job_workers=1))
    looks: list[None] = []

    def odd() -> None:
        looks.append(None)
        raise OverflowError

    monkeypatch.setattr(keeper, "_read", odd)
    asyncio.run(found_twice(keeper, looks))
    database.close()
