"""Functions as systems: loading, failing, and the thread that cannot be killed."""

import asyncio
import sys
import threading
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from ensemble.systems import CallableConfig, CallableSystem, ask, python_function
from evaluation.import_path import load_function
from tests.waiting import until

DEADLINE_S = 10.0


async def started(function: Callable[[str], str]) -> CallableSystem:
    system = CallableSystem("mine", lambda: function)
    await system.start()
    return system


def correct_one(function: Callable[[str], str], source: str = "a") -> tuple[str | None, str | None]:
    async def scenario() -> tuple[str | None, str | None]:
        answer = (await ask([await started(function)], source, DEADLINE_S))["mine"]
        return answer.text, answer.reason

    return asyncio.run(scenario())


def test_a_function_is_loaded_by_its_import_path() -> None:
    async def scenario() -> str:
        system = CallableConfig(name="title", callable="string:capwords").system()
        assert system.health.state == "stopped"
        await system.start()
        assert system.health.state == "ready"
        text = await system.correct("two words")
        await system.stop()
        assert system.health.state == "stopped"
        return text

    assert asyncio.run(scenario()) == "Two Words"


@pytest.mark.parametrize("path", ["os", "os:", ":x", "os path:x", "os:x()", "1a:b"])
def test_a_path_of_another_shape_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="callable"):
        CallableConfig(name="x", callable=path)


@pytest.mark.parametrize(
    ("path", "error"),
    [("nowhere_at_all:f", ImportError), ("os:nothing", AttributeError), ("os:name", TypeError)],
)
def test_a_path_that_names_no_function(path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        load_function(path)


def test_a_system_that_cannot_be_loaded_is_failed_and_says_why() -> None:
    async def scenario() -> tuple[str | None, str | None]:
        system = CallableConfig(name="x", callable="nowhere_at_all:f").system()
        await system.start()
        answer = (await ask([system], "a", DEADLINE_S))["x"]
        return system.health.reason, answer.reason

    health, answer = asyncio.run(scenario())
    assert health == answer == "ModuleNotFoundError: No module named 'nowhere_at_all'"


def test_a_function_is_called_with_its_example_before_it_is_ready() -> None:
    asked: list[str] = []
    entered, release = threading.Event(), threading.Event()

    def remember(source: str) -> str:
        asked.append(source)
        entered.set()
        release.wait(60)
        raise ValueError("only questions")

    async def scenario() -> None:
        system = CallableSystem("mine", lambda: remember, "An example .")
        starting = asyncio.create_task(system.start())
        await until(entered.is_set)
        assert system.health.state == "starting"
        release.set()
        await starting
        assert system.health.state == "ready"  # it may accept other sources

    asyncio.run(scenario())
    assert asked == ["An example ."]


def test_an_example_that_takes_for_ever_leaves_the_system_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(python_function, "WARM_UP_S", 0.01)
    release = threading.Event()

    async def scenario() -> list[str]:
        system = CallableSystem("mine", lambda: lambda _: str(release.wait(60)), "An example .")
        await system.start()
        states = [system.health.state]
        release.set()
        await until(lambda: system.health.state == "ready")
        return states

    assert asyncio.run(scenario()) == ["failed"]


@pytest.mark.parametrize(
    ("keys", "asked"),
    [({}, ["This is a test ."]), ({"warm_up": "Yes?"}, ["Yes?"]), ({"warm_up": None}, [])],
)
def test_the_example_is_a_key_of_the_entry(
    monkeypatch: pytest.MonkeyPatch, keys: dict[str, str | None], asked: list[str]
) -> None:
    called: list[str] = []
    monkeypatch.setattr(CallableConfig, "load", lambda _: called.append)
    asyncio.run(CallableConfig(name="x", callable="any:function", **keys).system().start())
    assert called == asked


def test_whatever_a_function_raises_is_its_failure() -> None:
    assert correct_one(lambda source: str(1 / 0)) == (None, "ZeroDivisionError: division by zero")
    assert correct_one(lambda source: next(iter(()))) == (None, "StopIteration: ")
    assert correct_one(lambda source: sys.exit(3)) == (None, "SystemExit: 3")


def test_all_calls_run_in_one_thread_and_not_the_loop_s() -> None:
    threads: set[int] = set()

    def remember(source: str) -> str:
        threads.add(threading.get_ident())
        return source

    async def scenario() -> None:
        system = await started(remember)
        await asyncio.gather(*(ask([system], "a", DEADLINE_S) for _ in range(50)))

    asyncio.run(scenario())
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_a_stuck_call_times_out_then_fails_fast_until_it_comes_back() -> None:
    release = threading.Event()

    def stick(source: str) -> str:
        if source == "stick":
            release.wait(60)
        return source

    async def scenario() -> list[tuple[str, str | None]]:
        system = await started(stick)
        first = (await ask([system], "stick", 0.1))["mine"]
        assert system.health.state == "failed"
        second = (await ask([system], "a", DEADLINE_S))["mine"]
        release.set()
        while system.health.state != "ready":
            await asyncio.sleep(0.01)
        third = (await ask([system], "a", DEADLINE_S))["mine"]
        return [(answer.status, answer.text) for answer in (first, second, third)]

    assert asyncio.run(scenario()) == [("timeout", None), ("failed", None), ("ok", "a")]
