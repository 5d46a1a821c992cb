"""NDJSON streams of any length, read and written at the same time.

A client may send the whole body before it reads an answer: lines that have not been answered yet
wait in memory at first and then on disk, so that neither side blocks the other.
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
    """Receives a body as fast as it arrives, for as long as this context manager is open."""

    def __init__(self, receive: Receive, limit: int, timeout_s: float) -> None:
        self._receive = receive
        self._limit = limit
        self._timeout_s = timeout_s
        self._spool = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - see __aexit__
        self._arrived = self._read = 0
        self._complete = False
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Begin to receive the body."""
        self._receiving = asyncio.create_task(self._receive_all())
        self._receiving.add_done_callback(lambda _: self._changed.set())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and discard the part that has not been read."""
        self._receiving.cancel()
        await asyncio.wait({self._receiving})
        self._spool.close()

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yield the body in pieces.

        Raises:
            Problem: it is too large, or its next piece does not arrive in time.
            ClientDisconnect: the client has disconnected.
        """
        while True:
            self._changed.clear()
            if self._receiving.done():
                self._receiving.result()
            elif self._read < self._arrived:
                self._spool.seek(self._read)
                block = self._spool.read(_BLOCK)
                self._read += len(block)
                yield block
            elif self._complete:
                return
            else:
                await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._changed.wait()
        except TimeoutError:
            raise Problem("body-timeout", f"nothing arrived for {self._timeout_s:g} s") from None

    async def _receive_all(self) -> None:
        while (message := await self._receive())["type"] != "http.disconnect":
            chunk = message.get("body", b"")
            self._spool.seek(self._arrived)
            self._spool.write(chunk)
            self._arrived += len(chunk)
            if self._arrived > self._limit:
                raise too_large(self._limit)
            self._complete = not message.get("more_body", False)
            self._changed.set()
        raise ClientDisconnect


async def split(blocks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes | None]:
    """Yield the lines of a text that arrives in pieces; `None` for a line over `limit` bytes."""
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
    """Sends lines as they are made; gives up on a client that reads none for `timeout_s`.

    Unlike `StreamingResponse` it does not use `receive`, since the request is still being read.
    """

    media_type = NDJSON

    def __init__(
        self,
        lines: AsyncGenerator[bytes, None],
        timeout_s: float,
        slot: AbstractContextManager[None],
    ) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._lines = lines
        self._timeout_s = timeout_s
        self._slot = slot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all lines; `slot` is taken meanwhile."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        with self._slot:
            async with aclosing(self._lines) as lines:
                await send(start)
                try:
                    async for line in lines:
                        await self._send(line, send)
                except TimeoutError:
                    _LOG.warning(
                        "request %s: the client does not read the answer", scope["request_id"]
                    )
                    return
                await send({"type": "http.response.body", "body": b""})

    async def _send(self, line: bytes, send: Send) -> None:
        async with asyncio.timeout(self._timeout_s):
            await send({"type": "http.response.body", "body": line, "more_body": True})
