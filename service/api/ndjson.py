"""JSON, a line each, in and out at once, however long it gets.

A client may send all before it reads anything: what has arrived and is not answered yet waits,
in memory at first and then on disk, so that neither side ever waits for the other.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractContextManager, aclosing
from tempfile import SpooledTemporaryFile
from typing import Self

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.api.body import NDJSON, too_large
from service.core.problems import Problem

_LOG = logging.getLogger(__name__)
_BLOCK = 1 << 16
_IN_MEMORY = 1 << 20


class Arrival:
    """A body taken in as fast as it comes; a context, to be left when no more of it is wanted."""

    def __init__(self, receive: Receive, limit: int, timeout_s: float) -> None:
        self._receive = receive
        self._limit = limit
        self._timeout_s = timeout_s
        self._spool = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - see __aexit__
        self._arrived = self._taken = 0
        self._complete = False
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Begin to take the body in."""
        self._taking_in = asyncio.create_task(self._take_in())
        self._taking_in.add_done_callback(lambda _: self._news.set())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and let go of what nobody took."""
        self._taking_in.cancel()
        await asyncio.wait({self._taking_in})
        self._spool.close()

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yield the body in pieces.

        Raises:
            Problem: it is too large, or its next piece does not come in time.
            ClientDisconnect: there is nobody left to answer.
        """
        while True:
            self._news.clear()
            if self._taking_in.done():
                self._taking_in.result()
            elif self._taken < self._arrived:
                self._spool.seek(self._taken)
                block = self._spool.read(_BLOCK)
                self._taken += len(block)
                yield block
            elif self._complete:
                return
            else:
                await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._news.wait()
        except TimeoutError:
            raise Problem(408, f"nothing arrived for {self._timeout_s:g} s") from None

    async def _take_in(self) -> None:
        while (message := await self._receive())["type"] != "http.disconnect":
            chunk = message.get("body", b"")
            self._spool.seek(self._arrived)
            self._spool.write(chunk)
            self._arrived += len(chunk)
            if self._arrived > self._limit:
                raise too_large(self._limit)
            self._complete = not message.get("more_body", False)
            self._news.set()
        raise ClientDisconnect


async def split(blocks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes | None]:
    """Yield the lines of a text that comes in pieces; `None` for one over `limit` bytes."""
    rest, dropped = b"", False
    async for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield None if dropped or len(line) > limit else line
            dropped = False
        if len(rest) > limit:
            rest, dropped = b"", True
    if rest or dropped:
        yield None if dropped else rest


class LinesResponse(Response):
    """Sends lines as they come; gives up on a client that takes none for `timeout_s`.

    Unlike `StreamingResponse` it leaves `receive` to whoever still reads the request.
    """

    media_type = NDJSON

    def __init__(
        self,
        lines: AsyncGenerator[bytes, None],
        timeout_s: float,
        place: AbstractContextManager[None],
    ) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._lines = lines
        self._timeout_s = timeout_s
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them all, while holding `place`."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        with self._place:
            async with aclosing(self._lines) as lines:
                await send(start)
                try:
                    async for line in lines:
                        await self._send(line, send)
                except TimeoutError:
                    _LOG.warning("request %s: its answer is not read", scope["request_id"])
                    return
                await send({"type": "http.response.body", "body": b""})

    async def _send(self, line: bytes, send: Send) -> None:
        async with asyncio.timeout(self._timeout_s):
            await send({"type": "http.response.body", "body": line, "more_body": True})
