"""Ends connections whose client does not send the head of a request in time.

uvicorn waits for a head without end. A client that opens connections and sends half a head on each
would take all file descriptors, and no other client, not even an orchestrator, could connect.
"""

import asyncio
import resource

_RESERVED = 480
"""File descriptors for anything but clients: files, the database, systems, and the connections that
are accepted before the first of them can be ended (`BACKLOG` for each turn of the event loop)."""

BACKLOG = 128
"""Connections that wait to be accepted."""

_FEWEST = 64


def most_connections() -> int:
    """Return how many connections the limit on file descriptors (`ulimit -n`) leaves room for."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        limit = 1 << 20
    return max(_FEWEST, limit - _RESERVED)


class HalfOpen:
    """The connections on which the head of a request is awaited, the longest first.

    Each is closed after `timeout_s`, and the first ones where there are more than `most`.
    """

    def __init__(self, most: int, timeout_s: float) -> None:
        self._most = most
        self._timeout_s = timeout_s
        self._waiting: dict[asyncio.Transport, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, transport: asyncio.Transport, connections: int) -> None:
        """Await a head on a connection, one of `connections` that are open."""
        if transport not in self._waiting:
            loop = asyncio.get_running_loop()
            self._waiting[transport] = loop.call_later(self._timeout_s, self._close, transport)
        if connections > self._most:
            self._close(next(iter(self._waiting)))

    def end(self, transport: asyncio.Transport) -> None:
        """Await no head on a connection any more."""
        if timer := self._waiting.pop(transport, None):
            timer.cancel()

    def _close(self, transport: asyncio.Transport) -> None:
        self.end(transport)
        transport.abort()
