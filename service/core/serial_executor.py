"""Long questions answered one after the other, in a thread of its own; the third is turned away."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, TypeVar

from service.core.limits import Gate

_AT_ONCE = 2  # one at work, one that waits

Answer = TypeVar("Answer")


class Desk:
    """Does work one piece after the other, and turns away what is beyond the next."""

    def __init__(self, deadline_s: float, name: str) -> None:
        self._deadline_s = deadline_s
        self._gate = Gate(_AT_ONCE)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def answer(self, work: Callable[[], Answer]) -> Answer:
        """Return what `work` does, or raise what it raises.

        A place is held until the work is done, even where nobody waits for it any more.

        Raises:
            Busy: too much is under way.
            TimeoutError: it was not done by the deadline.
        """
        with ExitStack() as stack:
            stack.enter_context(self._gate.enter())
            future = asyncio.get_running_loop().run_in_executor(self._thread, work)
            future.add_done_callback(_Place(stack.pop_all()))
        async with asyncio.timeout(self._deadline_s):
            return await asyncio.shield(future)


class _Place:
    """Gives a place back when the work is done, and hears of errors nobody waits for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, work: asyncio.Future[Any]) -> None:
        self._stack.close()
        if not work.cancelled():
            work.exception()
