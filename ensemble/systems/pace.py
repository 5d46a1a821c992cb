"""Keeps the calls of one endpoint within its number of requests per minute."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

_MINUTE_S = 60.0


class Pace:
    """Lets at most `per_minute` calls begin in any 60 seconds; the others wait in their order.

    It counts the calls of this process: each of several processes makes as many.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._sleep = sleep
        self._begun: deque[float] = deque()
        self._turn = asyncio.Lock()

    async def turn(self) -> None:
        """Wait until a call may begin, and count it.

        A caller that is cancelled while it waits is not counted.
        """
        async with self._turn:
            while (wait_s := self._wait_s()) > 0:
                await self._sleep(wait_s)
            self._begun.append(self._clock())

    def _wait_s(self) -> float:
        """Return the seconds until one more call may begin."""
        now = self._clock()
        while self._begun and now - self._begun[0] >= _MINUTE_S:
            self._begun.popleft()
        if len(self._begun) < self._per_minute:
            return 0.0
        return self._begun[0] + _MINUTE_S - now
