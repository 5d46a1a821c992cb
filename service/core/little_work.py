"""Does little work: on the event loop, and beside it in a process where more comes at once."""

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar, cast

from evaluation.execution.cores import cores
from service.core.admission import INLINE
from service.core.messages import Unsendable
from service.core.worker_loop import Outcome, called
from service.core.worker_process import Ended, WorkerProcess

_MOST_BYTES, _MOST_MESSAGES = 1 << 15, 4
"""Bytes of a message, and messages without an answer: all have room in the buffer of a socket.

So the event loop never waits until one is read.
"""

_LATE_S = 1.0
"""Seconds after which the process is ended if it has not answered; it is sent 10 ms of work."""

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
        self._arrived: list[_Call] = []
        self._sent: deque[Sequence[_Call]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._starting: asyncio.Task[None] | None = None
        self._takes_work = False

    async def start(self) -> None:
        """Start the process, if there is a core for it; until then all are called on the loop."""
        if cores() < 2:
            return
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._process.start)
        loop.add_reader(self._process.fileno(), self._receive)
        # As uvloop does not: once a part of a message is there, the rest is waited for.
        os.set_blocking(self._process.fileno(), True)
        self._takes_work = True

    def stop(self) -> None:
        """End the process; functions that come later are called on the event loop."""
        if self._starting is not None:
            self._starting.cancel()
        self._leave()
        self._process.close()

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
        is_result, value = outcome
        if is_result:
            return cast(T, value)
        raise value

    def _share(self) -> None:
        """Send to the process those of the calls that have arrived for which it has room."""
        arrived, self._arrived = self._arrived, []
        if not self._has_room:
            return
        room = INLINE - sum(call.units for calls in self._sent for call in calls)
        calls = []
        for call in arrived if self._sent else arrived[1:]:
            if call.units <= room:
                calls.append(call)
                room -= call.units
        if calls:
            self._send(calls)

    @property
    def _has_room(self) -> bool:
        # One that is too large is started again as soon as it has answered all messages.
        may_be_sent = self._takes_work and not self._process.is_too_large
        return may_be_sent and len(self._sent) < _MOST_MESSAGES

    def _send(self, calls: Sequence["_Call"]) -> None:
        try:
            self._process.send(partial(_all, [call.function for call in calls]), _MOST_BYTES)
        except (Unsendable, Ended):
            return
        loop = asyncio.get_running_loop()
        for call in calls:
            call.outcome = loop.create_future()
        self._sent.append(calls)
        if self._watch is None:
            self._watch = loop.call_later(_LATE_S, self._end_if_late, calls)

    def _receive(self) -> None:
        """Give the calls of a message their outcomes, or start again if the process has ended."""
        outcomes: Sequence[Outcome | None]
        try:
            outcomes = self._process.receive()
        except Ended:
            self._start_again()
            return
        except Unsendable:
            outcomes = [None] * len(self._sent[0])
        for call, outcome in zip(self._sent.popleft(), outcomes, strict=True):
            call.end(outcome)
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
        self._starting = asyncio.create_task(self._started_again())

    async def _started_again(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self._process.close)
        await self.start()

    def _leave(self) -> None:
        """Send nothing more, and leave the calls that were sent to the event loop."""
        if self._takes_work:
            asyncio.get_running_loop().remove_reader(self._process.fileno())
        self._takes_work = False
        while self._sent:
            for call in self._sent.popleft():
                call.end(None)


class _Call:
    """A function, its units of work, and if it is sent its outcome: `None` if it was not called."""

    __slots__ = ("function", "outcome", "units")

    def __init__(self, function: Callable[[], Any], units: int) -> None:
        self.function, self.units = function, units
        self.outcome: asyncio.Future[Outcome | None] | None = None

    def end(self, outcome: Outcome | None) -> None:
        """Tell the caller, unless it does not wait any more."""
        if self.outcome is not None and not self.outcome.done():
            self.outcome.set_result(outcome)


def _all(functions: Sequence[Callable[[], Any]]) -> list[Outcome]:
    return [called(function) for function in functions]
