"""Starts and stops systems or judges together; a request can wait for their first start."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Protocol


class Startable(Protocol):
    """A system or a judge."""

    async def start(self) -> None:
        """Make it ready."""

    async def stop(self) -> None:
        """Let go of everything it holds."""


class StartUp:
    """The start of several parts, by name."""

    def __init__(self, parts: Mapping[str, Startable]) -> None:
        self._parts = parts
        self._starting: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Begin to start all parts concurrently, and return at once."""
        self._starting = {
            name: asyncio.create_task(part.start()) for name, part in self._parts.items()
        }

    async def stop(self) -> None:
        """Stop all parts, including those that are still starting."""
        tasks = self._starting.values()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(part.stop() for part in self._parts.values()))

    async def wait(self, names: Iterable[str], timeout_s: float) -> None:
        """Wait for parts in their first start-up, so that early requests are answered too."""
        pending = [self._starting[name] for name in names if name in self._starting]
        if not all(task.done() for task in pending):
            await asyncio.wait(pending, timeout=timeout_s)
