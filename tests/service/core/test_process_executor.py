"""Work in a process of its own: its results and errors come back, and it can be ended."""

import asyncio
import os
import signal
from collections.abc import Iterator
from functools import partial
from time import sleep

import numpy as np
import pytest
from numpy.typing import NDArray

from service.core.admission import Busy
from service.core.limits import Refused
from service.core.process_executor import ProcessExecutor
from service.core.worker_loop import _KEPT, used
from service.core.worker_process import _LARGEST


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    made = ProcessExecutor(60, "test")
    yield made
    made.stop()


def refuse() -> None:
    raise Refused("too-many", ["m2", 3], "is too much")


def fill(size: int) -> int:
    return int(np.ones(size, dtype=np.uint8).sum())


def scatter() -> int:
    """Make many small objects, whose memory the C library keeps for others."""
    return len([str(i) for i in range(3_000_000)])


def keep() -> int:
    """Keep more memory than a process may."""
    _KEPT_FOR_GOOD.append(np.ones(_LARGEST, dtype=np.uint8))
    return len(_KEPT_FOR_GOOD[-1])


_KEPT_FOR_GOOD: list[NDArray[np.uint8]] = []


def test_results_and_errors_come_back(executor: ProcessExecutor) -> None:
    async def play() -> None:
        assert await executor.run(partial(sum, [1, 2])) == 3
        assert await executor.run(os.getpid) != os.getpid()
        with pytest.raises(Refused) as refused:
            await executor.run(refuse)
        assert (refused.value.code, refused.value.path) == ("too-many", ("m2", 3))
        assert str(refused.value) == "is too much"
        with pytest.raises(ValueError, match="invalid literal"):
            await executor.run(partial(int, "x"))

    asyncio.run(play())


def test_work_that_needs_too_much_memory_is_refused_for_now(
    executor: ProcessExecutor,
) -> None:
    async def play() -> None:
        with pytest.raises(Busy):
            await executor.run(partial(fill, 1 << 32))
        assert await executor.run(partial(fill, 10)) == 10

    asyncio.run(play())


def test_the_same_process_does_the_next_work(executor: ProcessExecutor) -> None:
    async def play() -> None:
        assert await executor.run(os.getpid) == await executor.run(os.getpid)

    asyncio.run(play())


def test_work_past_the_deadline_is_ended_and_makes_room() -> None:
    executor = ProcessExecutor(0.5, "test")

    async def play() -> int:
        with pytest.raises(TimeoutError):
            await executor.run(partial(sleep, 600))
        executor._deadline_s = 60
        return await executor.run(partial(sum, [1]))

    assert asyncio.run(play()) == 1
    executor.stop()


def test_work_whose_client_has_left_is_ended(executor: ProcessExecutor) -> None:
    async def play() -> None:
        first = await executor.run(os.getpid)
        left = asyncio.ensure_future(executor.run(partial(sleep, 600)))
        while executor._pool._idle:
            await asyncio.sleep(0.01)
        waiting = asyncio.ensure_future(executor.run(os.getpid))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await executor.run(os.getpid)
        left.cancel()
        assert await waiting != first

    asyncio.run(play())


def test_a_process_that_was_killed_is_replaced(executor: ProcessExecutor) -> None:
    async def play() -> None:
        first = await executor.run(os.getpid)
        with pytest.raises(Busy):
            await executor.run(partial(signal.raise_signal, signal.SIGKILL))
        assert await executor.run(os.getpid) != first

    asyncio.run(play())


def test_memory_is_given_back(executor: ProcessExecutor) -> None:
    async def play() -> None:
        first, before = await executor.run(os.getpid), await executor.run(used)
        await executor.run(scatter)
        assert await executor.run(used) < before + 2 * _KEPT
        assert await executor.run(os.getpid) == first

    asyncio.run(play())


def test_a_process_that_keeps_much_memory_ends_after_its_work(executor: ProcessExecutor) -> None:
    async def play() -> None:
        first = await executor.run(os.getpid)
        assert await executor.run(keep) == _LARGEST
        assert await executor.run(os.getpid) != first

    asyncio.run(play())
