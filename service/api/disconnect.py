"""Cancels work when the client disconnects."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from service.core.problems import Problem

Answer = TypeVar("Answer")


async def while_there(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer:
    """Return the result of `work`; cancel it if the client disconnects.

    The body must have been read before.

    Raises:
        Problem: the client has disconnected; no answer will reach it.
    """
    result, disconnect = asyncio.create_task(work), asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({result, disconnect}, return_when=asyncio.FIRST_COMPLETED)
        if result.done():
            return result.result()
        raise Problem("connection-closed", "the connection was closed before the answer")
    finally:
        result.cancel()
        disconnect.cancel()
        await asyncio.wait({result, disconnect})


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
