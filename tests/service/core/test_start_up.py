"""The first start of systems: how long it is waited for, and what the log says of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from ensemble.systems.base import Health
from service.core.start_up import StartUp
from tests.waiting import until

Lines = Callable[[], list[tuple[str, str]]]


class Part:
    """A part that is ready, or fails for a reason, once it is released."""

    def __init__(self, reason: str | None = None) -> None:
        self.health = Health("stopped")
        self.released = asyncio.Event()
        self._reason = reason

    async def start(self) -> None:
        self.health = Health("starting")
        await self.released.wait()
        self.health = Health("failed", self._reason) if self._reason else Health("ready")

    async def stop(self) -> None:
        self.health = Health("stopped")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """The level and text of each line of the log."""
    caplog.set_level(logging.INFO, "service.core.start_up")
    return lambda: [(record.levelname, record.getMessage()) for record in caplog.records]


def during(start_up: StartUp, scenario: Callable[[], Awaitable[None]]) -> Awaitable[None]:
    async def run() -> None:
        await start_up.start()
        try:
            await scenario()
        finally:
            await start_up.stop()

    return run()


def test_the_log_names_those_that_are_ready_and_why_others_are_not(lines: Lines) -> None:
    async def scenario() -> None:
        parts = {"a": Part(), "b": Part("no such file"), "c": Part()}
        start_up = StartUp(parts)

        async def released() -> None:
            assert start_up.starting == ["a", "b", "c"]
            for part in parts.values():
                part.released.set()
            await until(lambda: len(lines()) == 2)
            assert start_up.starting == []

        await during(start_up, released)

    asyncio.run(scenario())
    (first, failed), (level, summary) = lines()
    assert (first, failed) == ("WARNING", "the system b failed to start: no such file")
    assert level == "INFO"
    assert summary.startswith("2 of 3 systems ready: a 0.")
    assert ", c 0." in summary


def test_one_that_is_late_is_waited_for_up_to_the_limit(lines: Lines) -> None:
    async def scenario() -> None:
        parts = {"slow": Part()}
        start_up = StartUp(parts, "judge", limit_s=0.0)

        async def late() -> None:
            assert start_up.starting == []
            await start_up.wait(["slow"], 3600)  # returns at once
            await until(lambda: len(lines()) == 1)
            parts["slow"].released.set()
            await until(lambda: len(lines()) == 2)

        await during(start_up, late)

    asyncio.run(scenario())
    (warning, waiting), (info, ready) = lines()
    assert (warning, waiting) == ("WARNING", "0 of 1 judges ready; still starting: slow")
    assert info == "INFO"
    assert ready.startswith("the judge slow is ready, late: ")


def test_a_request_waits_for_the_first_start_only() -> None:
    async def scenario() -> None:
        parts = {"a": Part(), "b": Part()}
        start_up = StartUp(parts)

        async def waited() -> None:
            waiting = asyncio.create_task(start_up.wait(["a", "unknown"], 3600))
            await asyncio.sleep(0)
            assert not waiting.done()
            parts["a"].released.set()
            await waiting
            parts["a"].health = Health("starting")  # started again after it was lost
            assert start_up.starting == ["b"]
            await start_up.wait(["a"], 3600)

        await during(start_up, waited)

    asyncio.run(scenario())


def test_stopping_ends_those_that_are_still_starting(lines: Lines) -> None:
    async def scenario() -> str:
        part = Part()
        await during(StartUp({"a": part}), lambda: asyncio.sleep(0))
        return part.health.state

    assert asyncio.run(scenario()) == "stopped"
    assert lines() == []


def test_without_parts_there_is_nothing_to_log(lines: Lines) -> None:
    asyncio.run(during(StartUp({}), lambda: asyncio.sleep(0)))
    assert lines() == []
