"""Starts worker processes while there are jobs, and restarts those that die.

The jobs of lost workers are queued again here, too, as all workers may be busy.
"""

import asyncio
import json
import logging
import subprocess
import sys
import time
from contextlib import suppress
from threading import Lock

from service.core.settings import Settings
from service.jobs import leases, lost_leases, retention
from service.jobs.lost_leases import Lease, LostLeases
from service.jobs.retention import Start
from service.store.database import Database
from service.store.polling import PeriodicTask

_LOG = logging.getLogger(__name__)
_IDLE_S = 60.0
_INTERVAL_S = 2.0
_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_TIMEOUT_S = 5.0


class Supervisor:
    """Keeps `job_workers` workers running while jobs wait, or old ones must be removed."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._workers = [_Slot() for _ in range(settings.job_workers)]
        self._lost = LostLeases(database, settings.job_attempts)
        self._started: Start | None = None
        self._changing = Lock()
        self._stopped = False
        self._task = PeriodicTask(self._look, _INTERVAL_S)

    async def start(self) -> None:
        """Begin to look for work."""
        self._stopped = False
        if self._workers:
            self._task.start()

    def wake(self) -> None:
        """Look for work now."""
        self._task.wake()

    async def stop(self) -> None:
        """Stop the workers, which release their jobs, and wait until they have ended."""
        if self._workers:
            await self._task.stop()
        await asyncio.to_thread(self._stop_all)

    async def _look(self) -> None:
        start, lost, work = await self._database.jobs.ask(self._read)
        await asyncio.to_thread(lost_leases.discard, self._settings.state, lost)
        if work:
            try:
                await asyncio.to_thread(self._start_all, start)
            except OSError as error:
                _LOG.warning("no worker can be started: %s", error)

    def _read(self) -> tuple[Start, list[Lease], bool]:
        """Take lost leases back; return the start, these leases, and whether there is work."""
        database, days = self._database, self._settings.job_days
        start = self._started = self._started or Start.now(database)
        lost = self._lost.take_back()
        return start, lost, leases.waiting(database) or retention.due(database, days, start)

    def _start_all(self, start: Start) -> None:
        with self._changing:
            for slot in self._workers:
                if not self._stopped:
                    slot.start(self._settings, start)

    def _stop_all(self) -> None:
        self._stopped = True
        # A worker that is being started then is waited for: its thread cannot be cancelled.
        with self._changing:
            for slot in self._workers:
                slot.ask_to_end()
            for slot in self._workers:
                slot.end()


class _Slot:
    """One worker process; restarted after a pause that doubles each time it dies early."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause_s = _PAUSE_S
        self._paused_until = 0.0

    def start(self, settings: Settings, start: Start) -> None:
        if self._process and self._process.poll() is None:
            return
        if self._process and self._process.returncode:
            self._record_death(self._process)
        if time.monotonic() < self._paused_until:
            return
        command = [sys.executable, "-m", "service.jobs.worker"]
        # In its own session: Ctrl-C reaches only the server, which then stops its workers.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self._process, self._started_at = process, time.monotonic()
        options = {"settings": settings.model_dump(mode="json"), "idle_s": _IDLE_S, "start": start}
        assert process.stdin
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(options).encode() + b"\n")
            process.stdin.flush()

    def _record_death(self, process: subprocess.Popen[bytes]) -> None:
        now = time.monotonic()
        if now - self._started_at > _LONGEST_PAUSE_S:
            self._pause_s = _PAUSE_S
        _LOG.warning(
            "a worker died (%s); the next starts in %g s", process.returncode, self._pause_s
        )
        self._paused_until = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        self._close()

    def ask_to_end(self) -> None:
        if self._process:
            self._process.terminate()

    def end(self) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()

    def _close(self) -> None:
        if self._process and self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process = None
