"""A system that is a Python function, named by its import path."""

import asyncio
import importlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints

from ensemble.systems.base import Health, SystemConfig, SystemFailure
from ensemble.systems.registry import register

T = TypeVar("T")
Corrector = Callable[[str], str]

ImportPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")]


@register("callable", key="callable")
class CallableConfig(SystemConfig):
    """A function str -> str by its import path, `package.module:function`."""

    path: ImportPath = Field(alias="callable")

    def system(self) -> "CallableSystem":
        """The system it describes, not started."""
        return CallableSystem(self.name, lambda: load_callable(self.path))


def load_callable(path: str) -> Corrector:
    """Import `package.module:function`.

    Raises:
        ImportError: there is no such module.
        AttributeError: the module has no such function.
        TypeError: what it names cannot be called.
    """
    module, _, attribute = path.partition(":")
    function: object = importlib.import_module(module)
    for name in attribute.split("."):
        function = getattr(function, name)
    if not callable(function):
        raise TypeError(f"{path} is {type(function).__name__}, not a function")
    return function


class CallableSystem:
    """A function run in a thread of its own, one segment at a time.

    A thread cannot be killed: a call that outlives its deadline keeps it, and until it comes back
    every request fails at once.
    """

    def __init__(self, name: str, load: Callable[[], Corrector]) -> None:
        self.name = name
        self._load = load
        self._turn = asyncio.Lock()
        self._worker: Worker | None = None
        self._corrector: Corrector | None = None
        self._overdue: asyncio.Future[str] | None = None
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
            self._corrector = await self._worker.run(self._load)
        except SystemFailure as failure:
            self._health = Health("failed", failure.reason)
        else:
            self._health = Health("ready")

    async def correct(self, source: str) -> str:
        """Call the function on the whole source, in its thread.

        Raises:
            SystemFailure: it raised, or an earlier call still holds the thread.
        """
        async with self._turn:
            if self._is_stuck():
                raise SystemFailure(_BUSY)
            if self._worker is None or self._corrector is None:
                raise SystemFailure(self._health.reason or self._health.state)
            corrector = self._corrector
            call = self._worker.run(lambda: corrector(source))
            try:
                return await asyncio.shield(call)
            except asyncio.CancelledError:
                self._overdue = call
                raise

    async def stop(self) -> None:
        """Dismiss the thread; one that is stuck dies with the program."""
        self._health = Health("stopped")
        self._corrector = None
        if self._worker:
            self._worker.dismiss()
            self._worker = None

    def _is_stuck(self) -> bool:
        return self._overdue is not None and not self._overdue.done()


_BUSY = "busy with an earlier segment that ran out of time"


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
