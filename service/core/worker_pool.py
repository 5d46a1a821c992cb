"""Runs functions in processes, which are ended with work whose caller does not wait any more."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TypeVar, cast

from evaluation.execution.cores import cores
from service.core.admission import LONG, Busy
from service.core.worker_process import Ended, WorkerProcess

_INTERVAL_S = 0.01  # between looks at whether a process has ended

Result = TypeVar("Result")


def processes() -> int:
    """Return how many processes combine large texts: one for each core, and at least two."""
    return max(2, cores())


class WorkerPool:
    """Processes, of which each runs one function at a time; more functions wait for their turn.

    Of several processes, one is left to work that is not `LONG`. A process starts with its first
    function. Where the caller is cancelled, by a deadline or because a client leaves, the process
    of the work is ended before the cancellation goes on.
    """

    def __init__(self, processes: int, name: str) -> None:
        self._idle = [WorkerProcess() for _ in range(processes)]
        self._turns = asyncio.Semaphore(processes)
        self._long_turns = asyncio.Semaphore(max(1, processes - 1))
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix=name)

    async def warm_up(self) -> None:
        """Start all processes, so that no work waits for that."""
        await asyncio.gather(*(self.run(os.getpid) for _ in self._idle))

    async def run(self, work: Callable[[], Result], units: int = 0) -> Result:
        """Return the result of `work`, of about this many units of work, or raise its error.

        Raises:
            Busy: the system ended the process.
            Unsendable: `work` cannot be sent to a process.
        """
        async with self._long_turns if units > LONG else nullcontext(), self._turns:
            process = self._idle.pop()
            try:
                return await self._run(process, work)
            except Ended:
                raise Busy from None  # it had too little memory
            finally:
                self._idle.append(process)

    async def _run(self, process: WorkerProcess, work: Callable[[], Result]) -> Result:
        future = self._threads.submit(process.call, work)
        result = asyncio.wrap_future(future)
        try:
            return cast(Result, await asyncio.shield(result))
        except asyncio.CancelledError:
            while not (future.cancel() or future.done()):
                process.kill()
                await asyncio.sleep(_INTERVAL_S)
            await asyncio.wait({result})
            if not result.cancelled():
                result.exception()  # no caller awaits it
            raise

    def stop(self) -> None:
        """End the processes; a function that is run later gets a new one."""
        for process in self._idle:
            process.close()
