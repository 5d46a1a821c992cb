"""The process of little work ends, stops, is slow or full: each call is done all the same, once."""

import asyncio
import os
import signal
from contextlib import suppress
from functools import partial

import pytest

from service.core import little_work, worker_process
from service.core.little_work import LittleWork
from tests.little import Runner, one_by_one, others, started, started_again, together

pytestmark = pytest.mark.usefixtures("steady")


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


async def stop_watching(little: LittleWork) -> None:
    """Forget that an earlier message may be late, as that was for another time."""
    assert little._watch
    little._watch.cancel()
    little._watch = None


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
    faults = [OSError("no room"), RuntimeError("no thread"), worker_process.Ended()]
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
