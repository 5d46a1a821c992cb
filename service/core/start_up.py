"""Starts and stops systems or judges together; a request can wait for their first start."""

import asyncio
import logging
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from ensemble.systems.base import Health

_LOG = logging.getLogger(__name__)


class Startable(Protocol):
    """A system or a judge."""

    @property
    def health(self) -> Health:
        """Its state at this moment."""

    async def start(self) -> None:
        """Make it ready."""

    async def stop(self) -> None:
        """Let go of everything it holds."""


class StartUp:
    """The first start of several parts, by name, which nothing waits for longer than `limit_s`.

    A part that failed to start is not starting any more, even if it is tried again later. The log
    says which parts are ready, after how many seconds, and why others are not; `noun` is the word
    for a part.
    """

    def __init__(
        self, parts: Mapping[str, Startable], noun: str = "system", limit_s: float = math.inf
    ) -> None:
        self._parts = parts
        self._noun = noun
        self._limit_s = limit_s
        self._until = math.inf
        self._starting: dict[str, asyncio.Task[None]] = {}
        self._seconds: dict[str, float] = {}
        self._reporting: asyncio.Task[None] | None = None

    @property
    def starting(self) -> Sequence[str]:
        """The parts that are still worth waiting for: none once `limit_s` has passed."""
        if not self._left_s():
            return []
        return [name for name, task in self._starting.items() if not task.done()]

    async def start(self) -> None:
        """Begin to start all parts concurrently, and return at once."""
        self._until = asyncio.get_running_loop().time() + self._limit_s
        self._seconds = {}
        self._starting = {
            name: asyncio.create_task(self._start(name, part)) for name, part in self._parts.items()
        }
        if self._starting:
            self._reporting = asyncio.create_task(self._report())

    async def stop(self) -> None:
        """Stop all parts, including those that are still starting."""
        tasks = [*self._starting.values(), *([self._reporting] if self._reporting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(part.stop() for part in self._parts.values()))

    async def wait(self, names: Iterable[str], timeout_s: float) -> None:
        """Wait for parts in their first start-up, so that early requests are answered too.

        Once `limit_s` has passed nothing waits: a part that starts for ever would otherwise keep
        every request for its whole deadline.
        """
        pending = [self._starting[name] for name in names if name in self._starting]
        if not all(task.done() for task in pending):
            await asyncio.wait(pending, timeout=min(timeout_s, self._left_s()))

    def _left_s(self) -> float:
        return max(0.0, self._until - asyncio.get_running_loop().time())

    async def _start(self, name: str, part: Startable) -> None:
        began = time.perf_counter()
        await part.start()
        self._seconds[name] = time.perf_counter() - began
        health = part.health
        if health.state != "ready":
            _LOG.warning("the %s %s failed to start: %s", self._noun, name, health.reason)
        elif not self._left_s():
            _LOG.info("the %s %s is ready, late: %.1f s", self._noun, name, self._seconds[name])

    async def _report(self) -> None:
        """Log how many parts are ready, when all have started or `limit_s` has passed."""
        limit_s = None if math.isinf(self._limit_s) else self._limit_s
        _, pending = await asyncio.wait(self._starting.values(), timeout=limit_s)
        ready = [name for name in self._seconds if self._parts[name].health.state == "ready"]
        times = ", ".join(f"{name} {self._seconds[name]:.1f} s" for name in ready)
        count = f"{len(ready)} of {len(self._parts)} {self._noun}s ready"
        count += f": {times}" if times else ""
        if pending:
            late = [name for name, task in self._starting.items() if task in pending]
            _LOG.warning("%s; still starting: %s", count, ", ".join(late))
        else:
            _LOG.info("%s", count)
