"""A worker: claims one job after another, and runs each in its own process.

`python -m service.jobs.worker` reads its settings from standard input, and ends when that closes.
"""

import json
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from logging.config import dictConfig
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from evaluation.execution.temporary import temporary_files
from service.core.settings import Settings, temporary
from service.jobs import child, leases, lost_leases, results, retention
from service.jobs.child import Attempt
from service.jobs.job import Job, State
from service.jobs.lost_leases import LostLeases
from service.jobs.retention import Start
from service.store.database import Database
from service.telemetry.logs import logging_config

Result = TypeVar("Result")

_LOG = logging.getLogger(__name__)
_POLL_S = 0.5
_HEARTBEAT_S = 1.0
_LISTEN_S = 0.2
_TIDY_S = 300.0
_LOST = "its process ended without a result"
_FULL = (
    "its results do not fit into the {} bytes that all jobs of one owner may have (jobs_disk_bytes)"
)
_UNSAVED = "its outcome could not be stored; see the log under the id of the job"


class Worker:
    """Runs jobs until it is stopped, or has found none for a while."""

    def __init__(self, database: Database, settings: Settings, start: Start) -> None:
        self._database = database
        self._settings = settings
        self._start = start
        self._lost = LostLeases(database, settings.job_attempts)
        self._stop = threading.Event()
        self._tidy_at = 0.0

    def stop(self) -> None:
        """Release the current job for another worker, and end."""
        self._stop.set()

    def run(self, idle_s: float | None = None) -> None:
        """Run jobs, and remove old ones when idle; end after `idle_s` without a job."""
        busy = time.monotonic()
        while not self._stop.is_set():
            if job := self._claim():
                self._run(job)
                busy = time.monotonic()
            elif idle_s is not None and time.monotonic() - busy > idle_s:
                return
            else:
                self._tidy()
                self._stop.wait(_POLL_S)

    def _tidy(self) -> None:
        """Remove some old jobs; if there are none left, remove their folders."""
        if time.monotonic() < self._tidy_at:
            return
        database, settings = self._database, self._settings
        try:
            if retention.due(database, settings.job_days, self._start):
                retention.forget(database, settings.job_days, self._start)
                return
            place = results.place(settings.state)
            retention.sweep(database, place, settings.job_days, self._start)
        except (DBAPIError, OSError) as error:
            _LOG.warning("old jobs cannot be removed: %s", _cause(error))
        self._tidy_at = time.monotonic() + _TIDY_S

    def _claim(self) -> Job | None:
        settings = self._settings
        try:
            lost_leases.discard(settings.state, self._lost.take_back())
            return leases.claim(self._database, settings.job_lease_s)
        except DBAPIError as error:
            _LOG.warning("no job can be claimed: %s", _cause(error))
            return None

    def _run(self, job: Job) -> None:
        token = job.leased_by or ""
        files = self._retrying(lambda: leases.files(self._database, job.id))
        if files is None:
            return
        settings = self._settings
        folders = (settings.state, settings.combiner)
        attempt = Attempt(job.id, token, job.kind, job.request, files, *folders, job.artefact)
        _LOG.info("job %s: %s, attempt %d", job.id, job.kind, job.attempts)
        lease = _Lease(self._database, attempt, settings.job_lease_s, settings.jobs_disk_bytes)
        outcome = _Process(attempt).watch(lease.beat, self._stop, settings.job_deadline_s)
        if outcome[0] == "done" and self._retrying(lease.count) == "full":
            outcome = "full", None
        self._conclude(job, attempt, outcome)

    def _conclude(self, job: Job, attempt: Attempt, outcome: tuple[str, str | None]) -> None:
        what, detail = outcome
        try:
            stored = self._store(job, attempt.token, what, detail)
        except Exception:  # the database would refuse a second attempt too
            _LOG.exception("job %s", job.id)
            stored = None
            self._store(job, attempt.token, "died", _UNSAVED)
        if what != "done" or stored is False:
            results.discard(attempt.folder)
        elif stored:
            results.discard(attempt.folder, but=attempt.token)
        _LOG.info("job %s: %s", job.id, what)

    def _store(self, job: Job, token: str, what: str, detail: str | None) -> bool | None:
        """Store the outcome; return whether the attempt had its lease, `None` if unknown."""
        database, settings = self._database, self._settings
        match what:
            case "done":
                return self._finish(job, token, "succeeded", None)
            case "failed":
                return self._finish(job, token, "failed", detail)
            case "full":
                return self._finish(job, token, "failed", _FULL.format(settings.jobs_disk_bytes))
            case "cancelled":
                return self._finish(job, token, "cancelled", None)
            case "stopped":
                return self._retrying(lambda: leases.release(database, job.id, token))
            case "died":
                death = job.id, token, detail or _LOST, settings.job_attempts
                return self._retrying(lambda: leases.give_back(database, *death))
        return False

    def _finish(self, job: Job, token: str, state: State, detail: str | None) -> bool | None:
        return self._retrying(lambda: leases.finish(self._database, job.id, token, state, detail))

    def _retrying(self, ask: Callable[[], Result]) -> Result | None:
        """Return the result of `ask`, retried until the database answers; `None` on stop."""
        while True:
            try:
                return ask()
            except (OperationalError, InterfaceError) as error:
                _LOG.warning("the database does not answer: %s", _cause(error))
                if self._stop.wait(_POLL_S):
                    return None


class _Lease:
    """The lease of an attempt; renewed when there is progress, or before it expires."""

    def __init__(
        self, database: Database, attempt: Attempt, lease_s: float, most_bytes: int
    ) -> None:
        self._database, self._attempt = database, attempt
        self._lease_s = lease_s
        self._most_bytes = most_bytes
        self._renewed = time.monotonic()
        self._progress: Mapping[str, Any] | None = None
        self._bytes = 0

    def beat(self, progress: Mapping[str, Any] | None) -> leases.LeaseState:
        """Report progress; while the database is unavailable, the lease counts as valid."""
        attempt = self._attempt
        size = results.size(attempt.folder)
        same = (progress, size) == (self._progress, self._bytes)
        try:
            if same and time.monotonic() - self._renewed < self._lease_s / 3:
                return leases.lease_state(self._database, attempt.job, attempt.token)
            return self._renew(progress, size)
        except DBAPIError as error:
            _LOG.warning("job %s: no heartbeat: %s", attempt.job, _cause(error))
            return "valid"

    def count(self) -> leases.LeaseState:
        """Have the results, which are complete, count for their owner.

        Raises:
            DBAPIError: the database does not answer.
        """
        return self._renew(self._progress, results.size(self._attempt.folder))

    def _renew(self, progress: Mapping[str, Any] | None, size: int) -> leases.LeaseState:
        attempt, written = self._attempt, (size, self._most_bytes)
        state = leases.renew(self._database, attempt.job, attempt.token, progress, written)
        self._renewed, self._progress, self._bytes = time.monotonic(), progress, size
        return state


class _Process:
    """The process of one attempt."""

    def __init__(self, attempt: Attempt) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process: BaseProcess = spawn.Process(target=child.main, args=(attempt, theirs))
        self._process.start()
        theirs.close()
        self._progress: Mapping[str, Any] | None = None

    def watch(
        self,
        beat: Callable[[Mapping[str, Any] | None], leases.LeaseState],
        stop: threading.Event,
        deadline_s: float,
    ) -> tuple[str, str | None]:
        """Wait for the process; return the outcome and the reason. The process has ended then.

        Outcomes are `done`, `failed` and `died` for the process itself, and `stopped`, `cancelled`,
        `full` and `lost` for decisions of others.
        """
        began = beaten = time.monotonic()
        try:
            while True:
                if outcome := self._listen():
                    return outcome
                now = time.monotonic()
                if stop.is_set():
                    return "stopped", None
                if now - began > deadline_s:
                    return "failed", f"not done within {deadline_s:g} s"
                if now - beaten >= _HEARTBEAT_S:
                    beaten = now
                    state = beat(self._progress)
                    if state != "valid":
                        return state, None
        finally:
            self._end()

    def _listen(self) -> tuple[str, str | None] | None:
        pipe: Connection = self._pipe
        try:
            if not pipe.poll(_LISTEN_S):
                return None
            match pipe.recv():
                case ("progress", progress):
                    self._progress = progress
                    return None
                case ("failed", reason):
                    return "failed", reason
            return "done", None
        except (EOFError, OSError):
            self._process.join(1)
            code = self._process.exitcode
            return "died", f"{_LOST} (signal {-code})" if code and code < 0 else _LOST

    def _end(self) -> None:
        try:
            os.killpg(self._process.pid or 0, signal.SIGKILL)
        except ProcessLookupError:
            self._process.kill()  # it has not become a group leader yet
        self._process.join()
        self._pipe.close()


def work(
    settings: Settings,
    idle_s: float | None = None,
    start: Start | None = None,
    *,
    attached: bool = False,
) -> None:
    """Run jobs until SIGTERM or SIGINT, or, if `attached`, until standard input closes.

    `start` is that of the service which started this process, if one did.

    Raises:
        StoreError: the database cannot be used.
    """
    dictConfig(logging_config())
    database = Database(settings.database_url)
    database.migrate()
    worker = Worker(database, settings, start or Start.now(database))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    if attached:
        threading.Thread(target=_watch_stdin, args=(worker,), daemon=True).start()
    with temporary_files(temporary(settings.state)):
        worker.run(idle_s)
    database.close()


def _watch_stdin(worker: Worker) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    worker.stop()


def _cause(error: DBAPIError | OSError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).partition("\n")[0]


if __name__ == "__main__":
    os.nice(10)  # requests have priority over jobs
    options = json.loads(sys.stdin.buffer.readline())
    started = Start(*options["start"])
    work(Settings(**options["settings"]), options["idle_s"], started, attached=True)
