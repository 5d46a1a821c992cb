"""A pool of threads in which the database is used for one purpose."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.store.call import Call

DEADLINE_S = 5.0
"""How long a caller waits for the database."""

MOST_WAITING = 128
"""Callers of one purpose that wait for a thread; more are refused at once."""

Params = ParamSpec("Params")
Result = TypeVar("Result")


class Pool:
    """Threads of one purpose: however slow its statements are, those of others have their own.

    Each thread uses one connection at most.
    """

    def __init__(self, purpose: str, threads: int, deadline_s: float = DEADLINE_S) -> None:
        self.purpose = purpose
        self.threads = threads
        self._deadline_s = deadline_s
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=f"database-{purpose}")
        self._unfinished: set[Future[Any]] = set()

    async def ask(
        self, work: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """Return the result of `work`, which uses the database and is done in a thread.

        It ends when its caller is cancelled or the deadline has passed: it is not begun any more,
        or its statement is cut off and its transaction rolled back. Only a transaction that is
        being committed at that moment may still be completed.

        Raises:
            PoolTimeout: it took longer than 5 s, or too many callers wait already.
        """
        if len(self._unfinished) >= self.threads + MOST_WAITING:
            raise PoolTimeout(f"{MOST_WAITING} callers wait for the database ({self.purpose})")
        call = Call(partial(work, *args, **kwargs))
        answer = asyncio.wrap_future(self.begin(call.run))
        answer.add_done_callback(_retrieve)
        try:
            await asyncio.wait({answer}, timeout=self._deadline_s)
        finally:
            call.give_up()
        if not answer.done():
            detail = f"the database did not answer for {self._deadline_s:g} s ({self.purpose})"
            raise PoolTimeout(detail)
        return answer.result()

    def begin(self, work: Callable[[], Result]) -> Future[Result]:
        """Do `work` in a thread, however long it takes, and return its future."""
        future = self._executor.submit(work)
        self._unfinished.add(future)
        future.add_done_callback(self._unfinished.discard)
        return future

    def stop(self) -> set[Future[Any]]:
        """Begin no more work, and return the work that has not ended."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        return set(self._unfinished)


def _retrieve(answer: asyncio.Future[Any]) -> None:
    """Retrieve the error of work whose caller has given up, so that asyncio does not log it."""
    if not answer.cancelled():
        answer.exception()
