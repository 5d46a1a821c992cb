"""A function run in a thread of its own, loaded there and called in turn, that may get stuck."""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from ensemble.systems.base import Health, SystemFailure
from ensemble.systems.turn import check_wanted

T = TypeVar("T")
F = TypeVar("F")

_BUSY = "busy with an earlier segment that ran out of time"


class Threaded(Generic[F]):
    """A function that `load` returns, run in a thread of its own, one call at a time.

    A thread cannot be killed: a call that outlives its deadline keeps it, and until it comes back
    every request fails at once.
    """

    def __init__(self, name: str, load: Callable[[], F]) -> None:
        self.name = name
        self._load = load
        self._turn = asyncio.Lock()
        self._worker: Worker | None = None
        self._function: F | None = None
        self._overdue: Callable[[], bool] | None = None
        self._health = Health("stopped")

    @property
    def health(self) -> Health:
        """Its state; failed while a call that ran out of time has not come back."""
        if self._is_stuck():
            return Health("failed", _BUSY)
        return self._health

    async def start(self) -> None:
        """Load the function in the thread that will call it; loading may take long."""
        await self.stop()
        self._overdue = None  # a call that still runs is in an earlier thread
        self._health = Health("starting")
        self._worker = Worker(self.name)
        try:
            function = await self._worker.run(self._load)
        except SystemFailure as failure:
            self._health = Health("failed", failure.reason)
        else:
            await self.warm_up(function)
            self._function = function
            self._health = Health("ready")

    async def warm_up(self, function: F) -> None:
        """Use the function once before it counts as ready, by `run`; must not raise."""

    async def call(self, use: Callable[[F], T]) -> T:
        """Return what `use` makes of the function, in its thread.

        Raises:
            SystemFailure: it raised, an earlier call still holds the thread, or the answer is not
                needed any more.
        """
        async with self._turn:
            check_wanted()
            if self._is_stuck():
                raise SystemFailure(_BUSY)
            if self._function is None:
                raise SystemFailure(self._health.reason or self._health.state)
            function = self._function
            return await self.run(lambda: use(function))

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns in the thread, which it keeps if this is cancelled.

        Raises:
            SystemFailure: it raised, or the thread has ended.
        """
        if self._worker is None:
            raise SystemFailure(self._health.state)
        call = self._worker.run(work)
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            self._overdue = call.done
            raise

    async def stop(self) -> None:
        """Dismiss the thread; one that is stuck dies with the program."""
        self._health = Health("stopped")
        self._function = None
        if self._worker:
            self._worker.dismiss()
            self._worker = None

    def _is_stuck(self) -> bool:
        return self._overdue is not None and not self._overdue()


class Worker:
    """One thread that runs calls in turn; a daemon, so a stuck call cannot outlive the program."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=f"system-{name}", daemon=True).start()

    def run(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Have `function` called; the future raises SystemFailure for whatever it raises."""
        outcome: Future[T] = Future()

        def call() -> None:
            if not outcome.set_running_or_notify_cancel():
                return
            try:
                outcome.set_result(function())
            except BaseException as error:  # a SystemExit must not end the thread, nor the service
                outcome.set_exception(SystemFailure(f"{type(error).__name__}: {error}"))

        self._calls.put(call)
        return asyncio.wrap_future(outcome)

    def dismiss(self) -> None:
        """Let the thread end after the calls it was given."""
        self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
