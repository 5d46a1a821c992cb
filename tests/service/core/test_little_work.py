"""Little work: done once and rightly, on the event loop or in a process, whatever becomes of it."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from service.core import little_work, worker_process
from service.core.admission import INLINE
from service.core.little_work import LittleWork

Runner = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Runner:
    """As the service runs on either loop: they read from descriptors in their own ways."""
    made: Runner = request.param
    return made


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(little_work, "cores", lambda: 2)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the process, which imports this module with its first function."""
    monkeypatch.setattr(little_work, "_LATE_S", 600)


@asynccontextmanager
async def started() -> AsyncIterator[LittleWork]:
    little = LittleWork()
    await little.start()
    try:
        yield little
    finally:
        await little.stop()


async def together(
    little: LittleWork, functions: Sequence[Callable[[], Any]], units: int = 1_000
) -> list[Any]:
    calls = (little.run(function, units) for function in functions)
    return await asyncio.gather(*calls, return_exceptions=True)


async def others(little: LittleWork) -> set[int]:
    """Return the processes beside this one that do little work."""
    return {*await together(little, [os.getpid] * 3)} - {os.getpid()}


async def one_by_one(
    little: LittleWork, function: Callable[[], Any], number: int
) -> list[asyncio.Task[Any]]:
    """Call `function` so often, each time in a turn of its own but for the first two."""
    calls = [asyncio.create_task(little.run(function, 1))]
    for _ in range(number - 1):
        calls.append(asyncio.create_task(little.run(function, 1)))
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    return calls


async def started_again(little: LittleWork) -> None:
    """Wait until the process takes work."""
    async with asyncio.timeout(60):
        while not little._takes_work:
            await asyncio.sleep(0.01)


async def stop_watching(little: LittleWork) -> None:
    """Forget that an earlier message may be late, as that was for another time."""
    assert little._watch
    little._watch.cancel()
    little._watch = None


class OfTwoError(Exception):
    """An error that is not made again by its one argument."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"{what} in {where}")


def fail(number: int) -> None:
    raise ValueError(number)


def fail_in_two() -> None:
    raise OfTwoError("a fault", "this")


def unsendable() -> Any:
    return lambda: 1


def place(number: int) -> tuple[int, int]:
    return number, os.getpid()


def too_large() -> int:
    """Need more memory than a process may have, but this one."""
    if multiprocessing.parent_process():
        raise MemoryError
    return 1


def half_an_answer(parent: int) -> int:
    """Send the beginning of an answer, if this is the process of little work, and stop."""
    if os.getpid() != parent:
        _write_to_all_sockets(b"\0\0\1\0half")
        os.kill(os.getpid(), signal.SIGSTOP)
    return os.getpid()


def _write_to_all_sockets(content: bytes) -> None:
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                os.write(int(name), content)


def stop_if_in(parent: int) -> int:
    """Stop this process, if it is that of little work; return it."""
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGSTOP)
    return os.getpid()


def end_if_in(parent: int) -> int:
    """End this process, if it is that of little work; return it."""
    if os.getpid() != parent:
        os._exit(1)
    return os.getpid()


def test_one_alone_is_done_on_the_event_loop(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            for _ in range(3):
                assert await little.run(os.getpid, 1) == os.getpid()

    run(play())


def test_of_some_that_come_together_others_are_done_in_the_process(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            answers = await together(little, [partial(place, i) for i in range(6)])
            assert [number for number, _ in answers] == list(range(6))
            places = [process for _, process in answers]
            assert places[0] == os.getpid()
            assert os.getpid() not in places[1:]
            assert len(set(places)) == 2

    run(play())


def test_each_gets_its_own_error(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            functions = [partial(fail if i % 2 else place, i) for i in range(8)]
            for i, answer in enumerate(await together(little, functions)):
                assert answer.args == (i,) if i % 2 else answer[0] == i

    run(play())


@pytest.mark.parametrize(("units", "most"), [(1_000, 10), (4_000, 2), (INLINE, 1)])
def test_the_process_is_sent_a_limited_amount(units: int, most: int) -> None:
    async def play() -> None:
        async with started() as little:
            answers = await together(little, [os.getpid] * 100, units)
            assert len(answers) - answers.count(os.getpid()) == most
            large = [partial(len, "x" * 9_000)] * 5
            assert await together(little, large, 1) == [9_000] * 5

    asyncio.run(play())


def test_what_cannot_be_sent_is_done_on_the_event_loop(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            assert await together(little, [lambda: 1] * 3) == [1] * 3
            mixed = await together(little, [os.getpid, lambda: 1, os.getpid])
            assert mixed[1] == 1
            assert mixed[2] != os.getpid()

    run(play())


def test_a_result_or_error_that_cannot_be_sent_is_found_on_the_event_loop(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            results = await together(little, [unsendable] * 3)
            assert [result() for result in results] == [1, 1, 1]
            assert await together(little, [too_large] * 3) == [1] * 3
            errors = await together(little, [fail_in_two] * 3)
            assert [str(error) for error in errors] == ["a fault in this"] * 3
            assert len(await others(little)) == 1

    run(play())


@pytest.mark.usefixtures("patient")
def test_calls_of_a_process_that_ends_are_done_on_the_event_loop(run: Runner) -> None:
    parent = os.getpid()

    async def play() -> None:
        async with started() as little:
            for _ in range(2):
                before = await others(little)
                answers = await together(little, [os.getpid, partial(end_if_in, parent), os.getpid])
                assert answers == [parent] * 3
                await started_again(little)
                assert before.isdisjoint(await others(little))

    run(play())


@pytest.mark.usefixtures("patient")
def test_a_process_that_does_not_answer_is_ended(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = os.getpid()

    async def play() -> None:
        async with started() as little:
            before = await others(little)
            await stop_watching(little)
            monkeypatch.setattr(little_work, "_LATE_S", 0.05)
            answers = await together(little, [os.getpid, partial(stop_if_in, parent), os.getpid])
            assert answers == [parent] * 3
            monkeypatch.setattr(little_work, "_LATE_S", 600)
            await started_again(little)
            assert before.isdisjoint(await others(little))

    run(play())


@pytest.mark.usefixtures("patient")
def test_a_process_that_stops_in_the_middle_of_an_answer_does_not_stop_the_event_loop(
    run: Runner,
) -> None:
    parent = os.getpid()

    async def play() -> None:
        async with started() as little:
            await others(little)
            answers = await together(little, [os.getpid, partial(half_an_answer, parent)])
            assert answers == [parent] * 2
            await started_again(little)
            assert len(await others(little)) == 1

    run(play())


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("size", [1, 100, 1_000, 9_000, 30_000, 70_000])
def test_what_is_sent_always_has_room(size: int, run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            (process,) = await others(little)
            os.kill(process, signal.SIGSTOP)
            calls = await one_by_one(little, partial(len, "x" * size), 400)
            sent = [len(call.message) for message in little._sent for call in message]
            assert len(sent) == min(16, (1 << 16) // (size + 50))
            assert sum(sent) <= 1 << 16
            os.kill(process, signal.SIGCONT)
            assert await asyncio.gather(*calls) == [size] * 400

    run(play())


@pytest.mark.usefixtures("patient")
def test_a_process_without_room_is_ended(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(little_work, "_MOST_MESSAGES", 1 << 20)

    async def play() -> None:
        async with started() as little:
            (process,) = await others(little)
            os.kill(process, signal.SIGSTOP)
            calls = await one_by_one(little, partial(len, "x"), 1_000)
            assert await asyncio.gather(*calls) == [1] * 1_000
            await started_again(little)
            assert process not in await others(little)

    run(play())


def test_a_process_that_cannot_be_started_is_tried_again(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(little_work, "_PAUSE_S", 0.0)
    faults = [OSError("no room"), EOFError(), RuntimeError("no thread"), worker_process.Ended()]
    start = worker_process.WorkerProcess.start

    def failing(process: worker_process.WorkerProcess) -> None:
        if faults:
            raise faults.pop()
        start(process)

    monkeypatch.setattr(worker_process.WorkerProcess, "start", failing)

    async def play() -> None:
        async with started() as little:
            await started_again(little)
            assert len(await others(little)) == 1

    run(play())


@pytest.mark.parametrize("turns", range(4))
def test_no_process_is_left_by_a_stop_during_a_start(turns: int, run: Runner) -> None:
    async def play() -> None:
        little = LittleWork()
        starting = asyncio.create_task(little.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        await little.stop()
        await asyncio.wait({starting})
        assert not little._process.is_running
        assert set(await together(little, [os.getpid] * 3)) == {os.getpid()}

    run(play())


def test_a_caller_that_leaves_disturbs_no_other(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            calls = [asyncio.create_task(little.run(partial(place, i), 1)) for i in range(6)]
            await asyncio.sleep(0)  # all have arrived
            calls[1].cancel()
            await asyncio.sleep(0)  # the others are sent
            calls[2].cancel()
            answers = await asyncio.gather(*calls, return_exceptions=True)
            assert [isinstance(a, asyncio.CancelledError) for a in answers] == [
                False, True, True, False, False, False,
            ]  # fmt: skip
            assert [a[0] for a in answers if isinstance(a, tuple)] == [0, 3, 4, 5]

    run(play())


def test_a_process_that_is_too_large_is_started_again(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with started() as little:
            for _ in range(2):
                monkeypatch.setattr(worker_process, "_LARGEST", 0)
                before = await others(little)
                monkeypatch.undo()
                await started_again(little)
                assert before.isdisjoint(await others(little))

    run(play())


def test_without_a_second_core_all_is_done_on_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(little_work, "cores", lambda: 1)

    async def play() -> None:
        async with started() as little:
            assert set(await together(little, [os.getpid] * 4)) == {os.getpid()}

    asyncio.run(play())


def test_what_comes_after_the_end_is_done_on_the_event_loop(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            calls = [asyncio.create_task(little.run(os.getpid, 1)) for _ in range(3)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # two are sent
            await little.stop()
            assert set(await asyncio.gather(*calls)) == {os.getpid()}
            assert set(await together(little, [os.getpid] * 3)) == {os.getpid()}

    run(play())


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[asyncio.Runner, LittleWork]]:
    """Little work for all examples of Hypothesis, and the loop that it runs on."""
    with asyncio.Runner() as loop:
        context = started()
        yield loop, loop.run(context.__aenter__())
        loop.run(context.__aexit__(None, None, None))


@given(st.lists(st.tuples(st.integers(0, INLINE), st.integers(0, 3)), max_size=30))
def test_any_calls_have_the_results_they_would_have_alone(
    shared: tuple[asyncio.Runner, LittleWork], calls: list[tuple[int, int]]
) -> None:
    loop, little = shared

    async def one(number: int, units: int, turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return (await little.run(partial(place, number), units))[0]

    async def play() -> list[int]:
        return await asyncio.gather(*(one(i, *call) for i, call in enumerate(calls)))

    assert loop.run(play()) == list(range(len(calls)))
