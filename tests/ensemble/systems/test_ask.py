"""Asking several systems: what each answer becomes, and that no failure spreads."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from ensemble.systems import Answer, Health, SystemFailure, ask

DEADLINE_S = 10.0


@dataclass
class Scripted:
    """A system that does what the test says."""

    name: str
    behaviour: Callable[[str], Awaitable[str]]
    health: Health = Health("ready")  # noqa: RUF009 - frozen

    async def start(self) -> None: ...
    async def stop(self) -> None: ...

    async def correct(self, source: str) -> str:
        return await self.behaviour(source)


def answering(text: object) -> Callable[[str], Awaitable[str]]:
    async def behaviour(source: str) -> str:
        return text  # type: ignore[return-value]

    return behaviour


def raising(error: Exception) -> Callable[[str], Awaitable[str]]:
    async def behaviour(source: str) -> str:
        raise error

    return behaviour


async def hang(source: str) -> str:
    await asyncio.sleep(3600)
    return source


def ask_one(
    behaviour: Callable[[str], Awaitable[str]], source: str = "a b", deadline_s: float = DEADLINE_S
) -> Answer:
    return asyncio.run(ask([Scripted("one", behaviour)], source, deadline_s))["one"]


def test_answers_keep_the_order_of_the_systems_and_failures_stay_alone() -> None:
    systems = [
        Scripted("good", answering("A b")),
        Scripted("hangs", hang),
        Scripted("fails", raising(SystemFailure("out of coffee"))),
        Scripted("breaks", raising(KeyError("x"))),
        Scripted("also-good", answering("a B")),
    ]
    answers = asyncio.run(ask(systems, "a b", 0.5))
    assert list(answers) == ["good", "hangs", "fails", "breaks", "also-good"]
    assert [answer.status for answer in answers.values()] == [
        "ok",
        "timeout",
        "failed",
        "failed",
        "ok",
    ]
    assert [answer.text for answer in answers.values()] == ["A b", None, None, None, "a B"]
    assert answers["hangs"].reason == "no answer within 0.5 s"
    assert answers["fails"].reason == "out of coffee"
    assert answers["breaks"].reason == "KeyError: 'x'"
    assert answers["hangs"].milliseconds >= 450


def test_systems_are_asked_side_by_side() -> None:
    meeting = asyncio.Barrier(20)

    async def meet(source: str) -> str:
        await meeting.wait()
        return source

    answers = asyncio.run(ask([Scripted(f"s{i}", meet) for i in range(20)], "a", DEADLINE_S))
    assert {answer.status for answer in answers.values()} == {"ok"}


def test_a_timeout_of_the_systems_own_is_a_failure_not_the_deadline() -> None:
    answer = ask_one(raising(TimeoutError("its own")))
    assert (answer.status, answer.reason) == ("failed", "TimeoutError: its own")


@pytest.mark.parametrize(
    ("rubbish", "reason"),
    [
        ("x" * (4 * 3 + 1000 + 1), "answered 1013 characters where 1012 are the limit"),
        ("a\x00b", "answered with the control character U+0000"),
        ("a\x1b[0m b", "answered with the control character U+001B"),
        ("a \ud83d b", "answered with a lone surrogate"),
        ("a\nb", "changed the number of lines from 1 to 2"),
        (None, "answered with NoneType, not text"),
        (b"a b", "answered with bytes, not text"),
    ],
)
def test_rubbish_is_a_failure(rubbish: object, reason: str) -> None:
    answer = ask_one(answering(rubbish))
    assert (answer.text, answer.status, answer.reason) == (None, "failed", reason)


@pytest.mark.parametrize("source", ["", "a\tb", "a\x0cb", "a\nb\r\n", "e\u0301" * 500, "🙂"])
def test_an_echo_is_never_rubbish(source: str) -> None:
    answer = ask_one(answering(source), source)
    assert (answer.text, answer.status) == (source, "ok")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("ab\x00", "the source has a NUL character at 2"),
        ("a\udc80", "the source has a lone surrogate at 1"),
    ],
)
def test_a_source_that_cannot_be_sent_is_not_sent(source: str, reason: str) -> None:
    sent: list[str] = []

    async def remember(source: str) -> str:
        sent.append(source)
        return source

    assert ask_one(remember, source).reason == reason
    assert sent == []


def test_a_client_that_goes_away_does_not_cancel_the_systems() -> None:
    async def leave_early() -> str:
        finished = asyncio.get_running_loop().create_future()

        async def slow(source: str) -> str:
            await asyncio.sleep(0.1)
            finished.set_result("to the end")
            return source

        asking = asyncio.create_task(ask([Scripted("slow", slow)], "a", DEADLINE_S))
        await asyncio.sleep(0.02)
        asking.cancel()
        return await asyncio.wait_for(finished, DEADLINE_S)

    assert asyncio.run(leave_early()) == "to the end"


@dataclass
class Cancellable(Scripted):
    """A system of which a question can be cancelled at no cost."""

    can_be_cancelled: bool = True


def test_a_client_that_goes_away_cancels_what_costs_nothing() -> None:
    async def leave_early() -> list[str]:
        ends: list[str] = []

        async def slow(source: str) -> str:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                ends.append(source)
                raise
            return source

        asking = asyncio.create_task(ask([Cancellable("slow", slow)], "a", DEADLINE_S))
        await asyncio.sleep(0.02)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        return ends

    assert asyncio.run(leave_early()) == ["a"]


def test_a_system_that_finishes_in_the_background_keeps_its_slot() -> None:
    async def scenario() -> tuple[bool, bool, str | None]:
        slot, begun, end = asyncio.Semaphore(1), asyncio.Event(), asyncio.Event()

        async def slow(source: str) -> str:
            begun.set()
            await end.wait()
            return source

        system = Scripted("slow", slow)
        first = asyncio.create_task(ask([system], "a", DEADLINE_S, {"slow": slot}))
        await begun.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        held = slot.locked()
        second = asyncio.create_task(ask([system], "b", DEADLINE_S, {"slow": slot}))
        end.set()
        text = (await second)["slow"].text
        return held, slot.locked(), text

    assert asyncio.run(scenario()) == (True, False, "b")


def test_one_that_waits_for_a_slot_is_not_asked_when_it_is_not_needed_any_more() -> None:
    async def scenario() -> list[str]:
        sent: list[str] = []

        async def remember(source: str) -> str:
            sent.append(source)
            return source

        slots = {"one": asyncio.Semaphore(0)}
        asking = asyncio.create_task(ask([Scripted("one", remember)], "a", DEADLINE_S, slots))
        await asyncio.sleep(0.02)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        slots["one"].release()
        answer = await ask([Scripted("one", remember)], "b", DEADLINE_S, slots)
        assert answer["one"].status == "ok"
        return sent

    assert asyncio.run(scenario()) == ["b"]
