"""Works on several items of a stream at the same time, with the results in their order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def side_by_side(
    items: AsyncGenerator[Item, None], work: Callable[[Item], Awaitable[Result]], most: int
) -> AsyncGenerator[Result, None]:
    """Yield the result of `work` on each of `items`, in their order, on up to `most` at once.

    The next item is only asked for while there is room for it, and a result does not wait for it.
    Where an item or a result is an error, those before it are yielded first. Work that is left is
    cancelled, and `items` closed, as they are where the caller closes the generator.
    """
    running: deque[asyncio.Future[Result]] = deque()
    arriving: asyncio.Future[Item] | None = _next(items)
    failure: BaseException | None = None
    try:
        while running or arriving:
            if arriving and arriving.done() and len(running) < most:
                failure = arriving.exception()
                if failure is None:
                    running.append(asyncio.ensure_future(work(arriving.result())))
                arriving = _next(items) if failure is None else None
                continue
            await _any_done(*list(running)[:1], *([arriving] if arriving else []))
            while running and running[0].done():
                yield running.popleft().result()
        if failure is not None and not isinstance(failure, StopAsyncIteration):
            raise failure
    finally:
        await _cancelled(*running, *([arriving] if arriving else []))
        await items.aclose()


async def _any_done(*futures: "asyncio.Future[Any]") -> None:
    """Wait until one that was not done is; the others are left running."""
    pending = [future for future in futures if not future.done()]
    if pending:
        await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)


async def _cancelled(*futures: "asyncio.Future[Any]") -> None:
    for future in futures:
        future.cancel()
    await asyncio.gather(*futures, return_exceptions=True)


def _next(items: AsyncGenerator[Item, None]) -> "asyncio.Future[Item]":
    return asyncio.ensure_future(_awaited(items))


async def _awaited(items: AsyncGenerator[Item, None]) -> Item:
    return await anext(items)
