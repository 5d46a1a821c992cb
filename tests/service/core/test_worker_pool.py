"""A pool of processes: long work never takes all of them."""

import asyncio
import os
from collections.abc import Iterator
from functools import partial
from time import sleep

import pytest

from service.core.admission import LONG
from service.core.worker_pool import WorkerPool, processes


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    made = WorkerPool(2, "test")
    yield made
    made.stop()


def test_a_process_is_left_to_work_that_is_not_long(pool: WorkerPool) -> None:
    async def play() -> None:
        endless = [asyncio.create_task(pool.run(partial(sleep, 600), LONG + 1)) for _ in range(5)]
        answers = [await pool.run(os.getpid, LONG) for _ in range(3)]
        assert len(set(answers)) == 1
        for task in endless:
            assert not task.done()
            task.cancel()
        await asyncio.wait(endless)

    asyncio.run(play())


def test_work_that_is_not_long_may_take_all(pool: WorkerPool) -> None:
    async def play() -> None:
        endless = [asyncio.create_task(pool.run(partial(sleep, 600), LONG)) for _ in range(2)]
        async with asyncio.timeout(60):
            while pool._idle:
                await asyncio.sleep(0.01)
        for task in endless:
            task.cancel()
        await asyncio.wait(endless)
        assert await pool.run(os.getpid) != os.getpid()

    asyncio.run(play())


def test_there_are_at_least_two() -> None:
    assert processes() >= 2
