"""Does little work: on the event loop, and beside it in a process where more comes at once."""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from evaluation.execution.cores import cores
from service.core.admission import INLINE
from service.core.messages import Unsendable, pickled, result_in
from service.core.worker_process import Ended, WorkerProcess

_MOST_MESSAGES, _MOST_BYTES = 16, 1 << 16
"""Messages without an answer, and their bytes, that always have room in the buffer of a socket.

So the event loop does not wait until they are read. A socket has room for about 200,000 bytes; a
message may take twice its bytes, and a thousand more.
"""

_STALL_S = 0.1
"""Seconds for which the event loop waits for the rest of an answer, or for room, if ever."""

_LATE_S = 1.0
"""Seconds after which the process is ended if it has not answered; it is sent 10 ms of work."""

_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 60.0
"""Seconds before the process is started again; twice as many each time, until it has answered."""

_INTERVAL_S = 0.01
"""Seconds between looks at whether the process has ended."""

_LOG = logging.getLogger(__name__)

T = TypeVar("T")


class LittleWork:
    """Calls functions of up to `INLINE` units of work each.

    A function that comes alone is called on the event loop. Of several that come together, one is
    called there, and the others are sent to a process in one message; all are sent if the process
    is working already. To send the texts of a sentence and read its result takes the event loop
    about an eighth of the time of combining it. The process has up to `INLINE` units at a time.
    Functions that it did not call, as it ended, are called on the event loop.
    """

    def __init__(self) -> None:
        self._process = WorkerProcess()
        # Of one thread, as the process is not started and closed at once.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="little work")
        self._arrived: list[_Call] = []
        self._sent: deque[Sequence[_Call]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._starting: asyncio.Task[None] | None = None
        self._pause_s = _PAUSE_S
        self._takes_work = self._is_stopped = False

    async def start(self) -> None:
        """Start the process, if there is a core for it; until then all are called on the loop."""
        if cores() > 1 and not self._is_stopped:
            self._starting = asyncio.create_task(self._start())
            await self._starting

    async def stop(self) -> None:
        """End the process for good; functions that come later are called on the event loop."""
        self._is_stopped = True
        if self._starting is not None:
            self._starting.cancel()
        self._leave()
        closing = asyncio.ensure_future(self._in_thread(self._process.close))
        while not closing.done():
            self._process.kill()  # so that a start, which is waited for, ends
            await asyncio.wait({closing}, timeout=_INTERVAL_S)
        await closing

    async def run(self, function: Callable[[], T], units: int) -> T:
        """Return the result of `function`, of about `units` of work, or raise its error."""
        call = _Call(function, units)
        self._arrived.append(call)
        await asyncio.sleep(0)  # so that the functions of requests that have arrived come together
        if self._arrived:
            self._share()
        outcome = await call.outcome if call.outcome else None
        if outcome is None:
            return function()
        try:
            return cast(T, result_in(outcome))
        except (Unsendable, MemoryError):  # this process may have more memory
            return function()

    def _share(self) -> None:
        """Send to the process those of the calls that have arrived for which it has room."""
        arrived, self._arrived = self._arrived, []
        # One that is too large is started again as soon as it has answered all messages.
        if not self._takes_work or self._process.is_too_large or len(self._sent) == _MOST_MESSAGES:
            return
        waiting = [call for calls in self._sent for call in calls]
        units = INLINE - sum(call.units for call in waiting)
        size = _MOST_BYTES - sum(len(call.message) for call in waiting)
        calls = []
        for call in arrived if self._sent else arrived[1:]:
            message = call.pickled() if call.units <= units else None
            if message is None:
                continue
            if len(message) > size:
                break  # others probably are as large: they name the same trained combiner
            call.message = message
            calls.append(call)
            units -= call.units
            size -= len(message)
        if calls:
            self._send(calls)

    def _send(self, calls: Sequence["_Call"]) -> None:
        try:
            self._process.send([call.message for call in calls])
        except (Ended, MemoryError):
            self._process.kill()  # as it may have got a part; `_receive` is called
            return
        loop = asyncio.get_running_loop()
        for call in calls:
            call.outcome = loop.create_future()
        self._sent.append(calls)
        if self._watch is None:
            self._watch = loop.call_later(_LATE_S, self._end_if_late, calls)

    def _receive(self) -> None:
        """Give the calls of a message their outcomes, or start again if the process has ended."""
        try:
            outcomes = self._process.receive()
        except Ended:
            self._start_again()
            return
        for call, outcome in zip(self._sent.popleft(), outcomes, strict=True):
            call.end(outcome)
        self._pause_s = _PAUSE_S
        if self._process.is_too_large and not self._sent:
            self._start_again()

    def _end_if_late(self, first: Sequence["_Call"]) -> None:
        """End the process if it has not answered the message that was the first a while ago."""
        self._watch = None
        if not self._sent:
            return
        if self._sent[0] is first:
            self._process.kill()  # so that `_receive` is called
        else:
            loop = asyncio.get_running_loop()
            self._watch = loop.call_later(_LATE_S, self._end_if_late, self._sent[0])

    def _start_again(self) -> None:
        self._leave()
        self._starting = asyncio.create_task(self._start_later())

    async def _start_later(self) -> None:
        await self._in_thread(self._process.close)
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        await self._start()

    async def _start(self) -> None:
        """Start the process, and send it work from when it has answered once."""
        try:
            await self._in_thread(self._process.call, os.getpid)
            self._begin()
        except (Ended, OSError, RuntimeError) as error:
            _LOG.warning("the process of short requests did not start: %r", error)
            self._start_again()

    def _begin(self) -> None:
        if not self._process.is_running:
            raise Ended
        asyncio.get_running_loop().add_reader(self._process.fileno(), self._receive)
        self._takes_work = True
        self._process.limit_waiting(_STALL_S)

    async def _in_thread(self, function: Callable[..., object], *arguments: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    def _leave(self) -> None:
        """Send nothing more, and leave the calls that were sent to the event loop."""
        if self._takes_work:
            asyncio.get_running_loop().remove_reader(self._process.fileno())
        self._takes_work = False
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        while self._sent:
            for call in self._sent.popleft():
                call.end(None)


class _Call:
    """A function, its units of work, and if it is sent its outcome: `None` if it was not called."""

    __slots__ = ("function", "message", "outcome", "units")

    def __init__(self, function: Callable[[], Any], units: int) -> None:
        self.function, self.units = function, units
        self.message = b""
        self.outcome: asyncio.Future[bytes | None] | None = None

    def pickled(self) -> bytes | None:
        """Return the function as a message; `None` if it cannot be sent."""
        try:
            return pickled(self.function)
        except (Unsendable, MemoryError):
            return None

    def end(self, outcome: bytes | None) -> None:
        """Tell the caller, unless it does not wait any more."""
        if self.outcome is not None and not self.outcome.done():
            self.outcome.set_result(outcome)
