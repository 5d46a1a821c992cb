"""Runs CPU-bound requests one at a time on a worker thread, and rejects when one already waits."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, TypeVar

from service.core.admission import Gate

_SLOTS = 2  # one runs, one waits

Result = TypeVar("Result")


class SerialExecutor:
    """Runs one function at a time; a second one waits, a third one is rejected."""

    def __init__(self, deadline_s: float, name: str) -> None:
        self._deadline_s = deadline_s
        self._gate = Gate(_SLOTS)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return the result of `work`, or raise its error.

        The slot stays taken until the work is done, even after its caller has given up.

        Raises:
            Busy: one function runs and another waits already.
            TimeoutError: the work was not done by the deadline.
        """
        with ExitStack() as stack:
            stack.enter_context(self._gate.enter())
            future = asyncio.get_running_loop().run_in_executor(self._thread, work)
            future.add_done_callback(_Release(stack.pop_all()))
        async with asyncio.timeout(self._deadline_s):
            return await asyncio.shield(future)


class _Release:
    """Frees the slot when the work is done, and retrieves an error that no caller awaits."""

    def __init__(self, slot: ExitStack) -> None:
        self._slot = slot

    def __call__(self, work: asyncio.Future[Any]) -> None:
        self._slot.close()
        if not work.cancelled():
            work.exception()
