"""Looking in the database again and again, for what other processes have changed there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

_LOG = logging.getLogger(__name__)


class Poll:
    """Does `work` now, every `seconds`, and at once when woken; outlives a database that is away.

    What was known stays known while it is.
    """

    def __init__(self, work: Callable[[], Awaitable[object]], seconds: float) -> None:
        self._work = work
        self._seconds = seconds
        self._woken = asyncio.Event()
        self._away = False

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Have it look now."""
        self._woken.set()

    async def stop(self) -> None:
        """End; what it is in the middle of is not waited for."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._work()
                self._away = False
            except SQLAlchemyError as error:
                self._complain(error)
            except Exception:
                _LOG.exception("looking in the database")
            try:
                async with asyncio.timeout(self._seconds):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _complain(self, error: SQLAlchemyError) -> None:
        """Once, not every few seconds; without what the statement was given."""
        if not self._away:
            _LOG.warning("the database cannot be read: %s", getattr(error, "orig", None) or error)
        self._away = True
