"""Runs CPU-bound requests one at a time in a process, which ends with work that takes too long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

from service.core.limits import Busy, Gate
from service.core.worker_process import Ended, WorkerProcess

_SLOTS = 2  # one runs, one waits
_INTERVAL_S = 0.01  # between looks at whether a process has ended

Result = TypeVar("Result")


class ProcessExecutor:
    """Runs one function at a time; a second one waits, a third one is rejected.

    Neither the deadline nor a client that leaves makes room while the work goes on: the process of
    the work is ended, and then the slot is free.
    """

    def __init__(self, deadline_s: float, name: str) -> None:
        self._deadline_s = deadline_s
        self._gate = Gate(_SLOTS)
        self._turn = asyncio.Lock()
        self._process = WorkerProcess()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return the result of `work`, which can be pickled, or raise its error.

        Raises:
            Busy: one function runs and another waits already, or the system ended the process.
            TimeoutError: the work was not done by the deadline.
        """
        with self._gate.enter():
            async with asyncio.timeout(self._deadline_s), self._turn:
                return await self._run(work)

    async def _run(self, work: Callable[[], Result]) -> Result:
        # The deadline of the caller comes first; that of the process is for one without an end.
        future = self._thread.submit(self._process.call, work, 2 * self._deadline_s)
        try:
            return cast(Result, await asyncio.shield(asyncio.wrap_future(future)))
        except asyncio.CancelledError:
            while not (future.cancel() or future.done()):
                self._process.kill()
                await asyncio.sleep(_INTERVAL_S)
            raise
        except Ended:
            raise Busy from None  # by the system, which has too little memory

    def stop(self) -> None:
        """End the process; a function that is run later gets a new one."""
        self._process.kill()
        self._thread.submit(self._process.close).result()
