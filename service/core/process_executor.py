"""Runs CPU-bound requests one at a time in a process, which ends with work that takes too long."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from service.core.admission import Gate
from service.core.worker_pool import WorkerPool

_SLOTS = 2  # one runs, one waits

Result = TypeVar("Result")


class ProcessExecutor:
    """Runs one function at a time; a second one waits, a third one is rejected.

    Neither the deadline nor a client that leaves makes room while the work goes on: the process of
    the work is ended, and then the slot is free.
    """

    def __init__(self, deadline_s: float, name: str) -> None:
        self._deadline_s = deadline_s
        self._gate = Gate(_SLOTS)
        self._pool = WorkerPool(1, name)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return the result of `work`, which can be pickled, or raise its error.

        Raises:
            Busy: one function runs and another waits already, or the system ended the process.
            TimeoutError: the work was not done by the deadline.
        """
        with self._gate.enter():
            async with asyncio.timeout(self._deadline_s):
                return await self._pool.run(work)

    def stop(self) -> None:
        """End the process; a function that is run later gets a new one."""
        self._pool.stop()
