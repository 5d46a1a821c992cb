"""A periodic task that reads changes of other processes from the database."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

_LOG = logging.getLogger(__name__)


class PeriodicTask:
    """Calls `work` at once, then every `seconds` and when woken; survives database outages."""

    def __init__(self, work: Callable[[], Awaitable[object]], seconds: float) -> None:
        self._work = work
        self._seconds = seconds
        self._woken = asyncio.Event()
        self._unavailable = False

    def start(self) -> None:
        """Start the task; needs a running event loop."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Call `work` now."""
        self._woken.set()

    async def stop(self) -> None:
        """Stop; work in progress is cancelled."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._work()
                self._unavailable = False
            except SQLAlchemyError as error:
                self._warn(error)
            except Exception:
                _LOG.exception("periodic task failed")
            try:
                async with asyncio.timeout(self._seconds):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _warn(self, error: SQLAlchemyError) -> None:
        """Warn once per outage, and without the parameters of the statement."""
        if not self._unavailable:
            _LOG.warning("the database cannot be read: %s", getattr(error, "orig", None) or error)
        self._unavailable = True
