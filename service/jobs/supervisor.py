"""Workers beside the server: there while there is work, and started again where one dies."""

import asyncio
import json
import logging
import subprocess
import sys
import time
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from service.jobs import leases, retention
from service.settings import Settings
from service.store.database import Database

_LOG = logging.getLogger(__name__)
_IDLE_S = 60.0
_LOOK_S = 2.0
_LONGEST_REST_S = 60.0
_PATIENCE_S = 5.0


class Supervisor:
    """Keeps `job_workers` workers running while jobs wait, or old ones are to go."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._workers = [_Slot() for _ in range(settings.job_workers)]
        self._news = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look for work."""
        if self._workers:
            self._watching = asyncio.create_task(self._watch())

    def wake(self) -> None:
        """Look for work now."""
        self._news.set()

    async def stop(self) -> None:
        """Have the workers let go of their jobs, and wait until they have ended."""
        if self._watching:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        await asyncio.to_thread(self._stop_all)

    async def _watch(self) -> None:
        while True:
            self._news.clear()
            try:
                if await self._database.ask(self._has_work):
                    await asyncio.to_thread(self._start_all)
            except SQLAlchemyError as error:
                _LOG.warning("jobs cannot be looked for: %s", type(error).__name__)
            except OSError as error:
                _LOG.warning("no worker can be started: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), _LOOK_S)

    def _has_work(self) -> bool:
        days = self._settings.job_days
        return leases.waiting(self._database) or retention.due(self._database, days)

    def _start_all(self) -> None:
        for slot in self._workers:
            slot.start(self._settings)

    def _stop_all(self) -> None:
        for slot in self._workers:
            slot.ask_to_end()
        for slot in self._workers:
            slot.end()


class _Slot:
    """Place for a worker; the more often one dies there, the longer it rests."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self._rested = 0.0

    def start(self, settings: Settings) -> None:
        if self._process and self._process.poll() is None:
            return
        if self._process and self._process.returncode:
            self._bury(self._process)
        if time.monotonic() < self._rested:
            return
        command = [sys.executable, "-m", "service.jobs.worker"]
        # A session of its own: Ctrl-C reaches the server alone, which then stops its workers.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self._process = process
        given = {"settings": settings.model_dump(mode="json"), "idle_s": _IDLE_S}
        assert process.stdin
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(given).encode() + b"\n")
            process.stdin.flush()

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        rest_s = min(2.0**self._deaths, _LONGEST_REST_S)
        _LOG.warning("a worker died (%s); the next starts in %g s", process.returncode, rest_s)
        self._deaths += 1
        self._rested = time.monotonic() + rest_s
        self._close()

    def ask_to_end(self) -> None:
        if self._process:
            self._process.terminate()

    def end(self) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()

    def _close(self) -> None:
        if self._process and self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process = None
