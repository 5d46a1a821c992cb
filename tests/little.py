"""Little work in tests: started and stopped, with several calls at once."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from service.core.little_work import LittleWork

Runner = Callable[[Coroutine[Any, Any, None]], None]


@asynccontextmanager
async def started() -> AsyncIterator[LittleWork]:
    little = LittleWork()
    await little.start()
    try:
        yield little
    finally:
        await little.stop()


async def together(
    little: LittleWork, functions: Sequence[Callable[[], Any]], units: int = 1_000
) -> list[Any]:
    calls = (little.run(function, units) for function in functions)
    return await asyncio.gather(*calls, return_exceptions=True)


async def others(little: LittleWork) -> set[int]:
    """Return the processes beside this one that do little work."""
    return {*await together(little, [os.getpid] * 3)} - {os.getpid()}


async def one_by_one(
    little: LittleWork, function: Callable[[], Any], number: int
) -> list[asyncio.Task[Any]]:
    """Call `function` so often, each time in a turn of its own but for the first two."""
    calls = [asyncio.create_task(little.run(function, 1))]
    for _ in range(number - 1):
        calls.append(asyncio.create_task(little.run(function, 1)))
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    return calls


async def started_again(little: LittleWork) -> None:
    """Wait until the process takes work."""
    async with asyncio.timeout(60):
        while not little._takes_work:
            await asyncio.sleep(0.01)


def place(number: int) -> tuple[int, int]:
    """Return `number`, and the process in which this is called."""
    return number, os.getpid()
