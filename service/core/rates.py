"""Rate limits for each caller: requests a minute, and segments a minute.

Counted with the library `limits` in the memory of this process; each of several processes allows
as much. Two choices keep it cheap: the sliding window of two counters, because a list of all hits
would keep a minute of entries for every caller; and the asyncio storage, because the other one
starts a clean-up thread every 10 ms.
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
    """Counts requests and segments of callers, and refuses those beyond the limits."""

    def __init__(self, requests: int, segments: int) -> None:
        self._requests = RateLimitItemPerMinute(requests, namespace="requests")
        self._segments = RateLimitItemPerMinute(segments, namespace="segments")
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def request(self, caller: str) -> Headers:
        """Count a request, and return the headers that report the remaining quota.

        Raises:
            Problem: 429, the caller has used up its requests for this minute.
        """
        await self._hit(self._requests, caller, 1)
        headers = await self._quota(self._requests, caller)
        return [(name.lower().encode(), value.encode()) for name, value in headers]

    async def segments(self, caller: str, number: int) -> None:
        """Count the segments of a request.

        Raises:
            Problem: 429, too many for the rest of this minute.
            Refused: too many for any minute.
        """
        most = self._segments.amount
        if number > most:
            detail = f"has {number} segments; the limit is {most} in a minute"
            raise Refused("too-many", [], detail)
        await self._hit(self._segments, caller, number)

    async def _hit(self, item: RateLimitItem, caller: str, cost: int) -> None:
        if await self._window.hit(item, caller, cost=cost):
            return
        headers = dict(await self._quota(item, caller))
        headers["Retry-After"] = headers["RateLimit-Reset"]
        detail = f"more than {item.amount} {item.namespace} in a minute"
        raise Problem("rate-limited", detail, headers=headers)

    async def _quota(self, item: RateLimitItem, caller: str) -> list[tuple[str, str]]:
        reset, remaining = await self._window.get_window_stats(item, caller)
        return [
            ("RateLimit-Limit", str(item.amount)),
            ("RateLimit-Remaining", str(remaining)),
            ("RateLimit-Reset", str(max(1, math.ceil(reset - time.time())))),
        ]
