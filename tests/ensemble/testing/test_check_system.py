"""`check_system` passes a system that keeps the laws, and names the law that one breaks."""

import asyncio
from collections.abc import Callable

import pytest

from ensemble.systems import CallableConfig, Health, SystemFailure
from ensemble.testing import check_system
from tests.ensemble.systems import stand_ins

ANSWERS = {"one": "ONE", "two": "TWO"}
FAILING = ("raise", "long")


class Upper:
    """A system that keeps the laws; those below each break one."""

    name = "upper"

    def __init__(self) -> None:
        self.health = Health("stopped")

    async def start(self) -> None:
        self.health = Health("ready")

    async def stop(self) -> None:
        self.health = Health("stopped")

    async def correct(self, source: str) -> str:
        if self.health.state != "ready":
            raise SystemFailure(self.health.state)
        if source == "slow":
            await asyncio.sleep(0.5)
        if source == "raise":
            raise SystemFailure("cannot")
        return "x" * 5000 if source == "long" else source.upper()


class ReadyBeforeStart(Upper):
    def __init__(self) -> None:
        self.health = Health("ready")


class NeverReady(Upper):
    async def start(self) -> None:
        self.health = Health("failed", "no model")


class StaysReady(Upper):
    async def stop(self) -> None: ...


class HangsInStop(Upper):
    async def stop(self) -> None:
        await asyncio.sleep(3600)


class WrongAnswer(Upper):
    async def correct(self, source: str) -> str:
        await super().correct(source)
        return "ONE"


class MixesAnswersUp(Upper):
    """Takes the source of the last request for that of all that are under way."""

    async def correct(self, source: str) -> str:
        self.source = source
        await asyncio.sleep(0.01)
        return await super().correct(self.source)


class RaisesSomethingElse(Upper):
    async def correct(self, source: str) -> str:
        if source == "raise":
            raise ValueError("cannot")
        return await super().correct(source)


class FailsForGood(Upper):
    async def correct(self, source: str) -> str:
        try:
            return await super().correct(source)
        except SystemFailure:
            self.health = Health("failed", "cannot")
            raise


class IgnoresTheDeadline(Upper):
    async def correct(self, source: str) -> str:
        if source == "slow":
            source = "one"
        return await super().correct(source)


BROKEN = [
    (ReadyBeforeStart, "a new system is ready"),
    (NeverReady, "started, it is failed: no model"),
    (StaysReady, "not stopped after stop"),
    (HangsInStop, "stop took longer than"),
    (WrongAnswer, "'two' was answered by 'ONE'"),
    (MixesAnswersUp, "was answered by"),
    (RaisesSomethingElse, "not SystemFailure"),
    (FailsForGood, "did not recover"),
    (IgnoresTheDeadline, "the slow source came to 'ok'"),
]


def test_a_system_that_keeps_the_laws_passes() -> None:
    check_system(Upper, ANSWERS, slow="slow", failing=FAILING)


def test_a_configuration_is_checked_too() -> None:
    config = CallableConfig(name="x", callable=f"{stand_ins.__name__}:behave")
    check_system(config, stand_ins.ANSWERS, slow=stand_ins.SLOW, failing=stand_ins.FAULTS)


@pytest.mark.parametrize(("make", "law"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_system_that_breaks_a_law_is_told_which(make: Callable[[], Upper], law: str) -> None:
    with pytest.raises(AssertionError, match=law):
        check_system(make, ANSWERS, slow="slow", failing=FAILING, deadline_s=0.5)


def test_a_source_that_should_fail_and_is_answered_breaks_a_law() -> None:
    with pytest.raises(AssertionError, match="'one' was answered: 'ONE'"):
        check_system(Upper, ANSWERS, failing=("one",))
