"""How much one caller may ask for in a minute: requests, and segments in them.

By the library `limits`, in the memory of this process: several processes allow as much each. Its
sliding window of two counters is used, not its list of all hits, for that would hold a minute of
entries for every caller and move all of them at each request; and its asyncio storage, for the
other starts a thread every 10 ms to tidy up.
"""

import math
import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from service.core.limits import Refused
from service.core.problems import Problem

Headers = list[tuple[bytes, bytes]]


class Rates:
    """Counts what callers ask for, and says when it is too much."""

    def __init__(self, requests: int, segments: int) -> None:
        self._requests = RateLimitItemPerMinute(requests, namespace="requests")
        self._segments = RateLimitItemPerMinute(segments, namespace="segments")
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def request(self, caller: str) -> Headers:
        """Count a request; return the headers that say what is left.

        Raises:
            Problem: 429, it is one too many.
        """
        await self._hit(self._requests, caller, 1)
        return [
            (k.lower().encode(), v.encode()) for k, v in await self._left(self._requests, caller)
        ]

    async def segments(self, caller: str, number: int) -> None:
        """Count the segments of a request.

        Raises:
            Problem: 429, they are too many for this minute.
            Refused: they are too many for any minute.
        """
        if number > self._segments.amount:
            most = self._segments.amount
            raise Refused([], f"has {number} segments; at most {most} are combined in a minute")
        await self._hit(self._segments, caller, number)

    async def _hit(self, item: RateLimitItem, caller: str, cost: int) -> None:
        if await self._window.hit(item, caller, cost=cost):
            return
        headers = dict(await self._left(item, caller))
        headers["Retry-After"] = headers["RateLimit-Reset"]
        detail = f"more than {item.amount} {item.namespace} in a minute"
        raise Problem(429, detail, headers=headers)

    async def _left(self, item: RateLimitItem, caller: str) -> list[tuple[str, str]]:
        reset, left = await self._window.get_window_stats(item, caller)
        return [
            ("RateLimit-Limit", str(item.amount)),
            ("RateLimit-Remaining", str(left)),
            ("RateLimit-Reset", str(max(1, math.ceil(reset - time.time())))),
        ]
