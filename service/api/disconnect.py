"""Work for a client, for as long as there is one."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from service.core.problems import Problem

Answer = TypeVar("Answer")


async def while_there(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer:
    """Return what `work` returns; break it off where the client leaves. The body has been read.

    Raises:
        Problem: the client has left, so that nobody hears of it.
    """
    working, watching = asyncio.create_task(work), asyncio.create_task(_left(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Problem(400, "the connection was closed before the answer")
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.wait({working, watching})


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
