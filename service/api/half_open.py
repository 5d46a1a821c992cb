"""Ends connections whose client does not send a request, or the rest of one, in time.

uvicorn waits for the head of a request without end. A client that opens connections and sends half
a request on each, or none after an answer, would take all file descriptors, and no other client,
not even an orchestrator, could connect.
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
    """The connections on which the client is awaited, those that sent something last at the end.

    A connection without the head of a request is closed after `timeout_s`. Where there are more
    than `most`, being answered or not, the first of these is closed.
    """

    def __init__(self, most: int, timeout_s: float) -> None:
        self._most = most
        self._timeout_s = timeout_s
        self._waiting: dict[asyncio.Transport, asyncio.TimerHandle | None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, transport: asyncio.Transport, connections: int) -> None:
        """Await a head on a connection, one of `connections` that are open."""
        timer = self._waiting.pop(transport, None)
        if timer is None:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(self._timeout_s, self._close, transport)
        self._waiting[transport] = timer
        if connections > self._most:
            self._close(next(iter(self._waiting)))

    def await_more(self, transport: asyncio.Transport) -> None:
        """Await the rest of a body, or the next request, for which others set the time limit."""
        self.end(transport)
        self._waiting[transport] = None

    def end(self, transport: asyncio.Transport) -> None:
        """Await nothing on a connection any more."""
        if timer := self._waiting.pop(transport, None):
            timer.cancel()

    def _close(self, transport: asyncio.Transport) -> None:
        self.end(transport)
        transport.abort()
