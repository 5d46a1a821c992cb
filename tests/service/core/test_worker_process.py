"""A worker process starts although what forks it was ended, and its end is told."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import forkserver
from time import sleep

import pytest

from service.core.admission import Busy
from service.core.worker_pool import WorkerPool
from service.core.worker_process import Ended, WorkerProcess
from tests.waiting import comes_to_an_end, wait_until

Fail = Callable[[Exception, int], None]
FAULTS = [EOFError(), ConnectionRefusedError(), BrokenPipeError()]


@pytest.fixture
def process() -> Iterator[WorkerProcess]:
    made = WorkerProcess()
    yield made
    made.close()


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Let the first so many starts fail, as where the process that forks is ended meanwhile."""
    connect = forkserver.connect_to_new_process

    def failing(error: Exception, times: int) -> None:
        left = iter(range(times))

        def answer(descriptors: list[int]) -> tuple[int, int]:
            if next(left, None) is not None:
                raise error
            return connect(descriptors)

        monkeypatch.setattr(forkserver, "connect_to_new_process", answer)

    return failing


@pytest.mark.parametrize("error", FAULTS)
def test_a_start_that_fails_is_tried_again(
    process: WorkerProcess, fail: Fail, error: Exception
) -> None:
    fail(error, 2)
    assert process.call(os.getpid) != os.getpid()


@pytest.mark.parametrize("error", FAULTS)
def test_a_process_that_cannot_be_started_has_ended(
    process: WorkerProcess, fail: Fail, error: Exception
) -> None:
    fail(error, 3)
    with pytest.raises(Ended):
        process.call(os.getpid)
    assert not process.is_running
    assert process.call(os.getpid) != os.getpid()


def test_work_whose_process_cannot_be_started_is_refused(fail: Fail) -> None:
    pool = WorkerPool(1, "test")
    fail(EOFError(), 3)
    with pytest.raises(Busy):
        asyncio.run(pool.run(os.getpid))
    assert asyncio.run(pool.run(os.getpid)) != os.getpid()
    pool.stop()


def test_processes_start_after_the_one_that_forks_them_was_ended(process: WorkerProcess) -> None:
    first = process.call(os.getpid)
    end_what_forks()
    assert process.call(os.getpid) not in {first, os.getpid()}
    assert comes_to_an_end(first)


def test_work_is_ended_after_what_forked_its_process(process: WorkerProcess) -> None:
    first = process.call(os.getpid)
    with ThreadPoolExecutor() as threads:
        endless = threads.submit(process.call, partial(sleep, 600))
        wait_until(lambda: process.calling)
        end_what_forks()
        process.kill()
        assert isinstance(endless.exception(), Ended)
    assert comes_to_an_end(first)


def end_what_forks() -> None:
    """End the process that forks the others, and leave it to be found by the next start."""
    number = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    os.kill(number, signal.SIGKILL)
    os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)
