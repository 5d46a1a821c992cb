"""A worker: takes up one job after the other, and has each done by a process of its own.

`python -m service.jobs.worker` reads its settings from standard input, and ends when that does.
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

from service.core.settings import Settings
from service.jobs import child, leases, results, retention
from service.jobs.child import Attempt
from service.jobs.job import Job, State
from service.store.database import Database
from service.telemetry.logs import logging_config

Found = TypeVar("Found")

_LOG = logging.getLogger(__name__)
_POLL_S = 0.5
_BEAT_S = 1.0
_LISTEN_S = 0.2
_TIDY_S = 300.0
_LOST = "its process ended without a result"
_UNTOLD = "what became of it could not be kept; the log has why under the job's id"


class Worker:
    """Does jobs until it is asked to stop, or finds none for a while."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._stop = threading.Event()
        self._tidy_at = 0.0

    def stop(self) -> None:
        """Let go of the job that is being done, so that another worker takes it up, and end."""
        self._stop.set()

    def run(self, idle_s: float | None = None) -> None:
        """Do jobs, and tidy up when there are none; end where there was none for `idle_s`."""
        busy = time.monotonic()
        while not self._stop.is_set():
            if job := self._claim():
                self._do(job)
                busy = time.monotonic()
            elif idle_s is not None and time.monotonic() - busy > idle_s:
                return
            else:
                self._tidy()
                self._stop.wait(_POLL_S)

    def _tidy(self) -> None:
        """Have old jobs go, some at a time, between looks for work; then their folders."""
        if time.monotonic() < self._tidy_at:
            return
        database, settings = self._database, self._settings
        try:
            if retention.due(database, settings.job_days):
                retention.forget(database, settings.job_days)
                return
            retention.sweep(database, results.place(settings.state), settings.job_days)
        except (DBAPIError, OSError) as error:
            _LOG.warning("old jobs cannot be removed: %s", _cause(error))
        self._tidy_at = time.monotonic() + _TIDY_S

    def _claim(self) -> Job | None:
        settings = self._settings
        try:
            return leases.claim(self._database, settings.job_lease_s, settings.job_attempts)
        except DBAPIError as error:
            _LOG.warning("no job can be taken up: %s", _cause(error))
            return None

    def _do(self, job: Job) -> None:
        token = job.leased_by or ""
        files = self._insist(lambda: leases.files(self._database, job.id))
        if files is None:
            return
        settings = self._settings
        places = (settings.state, settings.combiner)
        attempt = Attempt(job.id, token, job.kind, job.request, files, *places)
        _LOG.info("job %s: %s, attempt %d", job.id, job.kind, job.attempts)
        lease = _Lease(self._database, job.id, token, settings.job_lease_s)
        outcome = _Run(attempt).watch(lease.beat, self._stop, settings.job_deadline_s)
        self._conclude(job, attempt, outcome)

    def _conclude(self, job: Job, attempt: Attempt, outcome: tuple[str, str | None]) -> None:
        what, detail = outcome
        try:
            said = self._tell(job, attempt.token, what, detail)
        except Exception:  # asked again, the database would refuse it again
            _LOG.exception("job %s", job.id)
            said = None
            self._tell(job, attempt.token, "died", _UNTOLD)
        if what != "done" or said is False:
            results.discard(attempt.folder)
        elif said:
            results.discard(attempt.folder, but=attempt.token)
        _LOG.info("job %s: %s", job.id, what)

    def _tell(self, job: Job, token: str, what: str, detail: str | None) -> bool | None:
        """Return whether the job was this attempt's; `None` where the database may know."""
        database = self._database
        match what:
            case "done":
                return self._say(job, token, "succeeded", None)
            case "failed":
                return self._say(job, token, "failed", detail)
            case "cancelled":
                return self._say(job, token, "cancelled", None)
            case "stopped":
                return self._insist(lambda: leases.release(database, job.id, token, None, False))
            case "died" if job.attempts >= self._settings.job_attempts:
                said = f"tried {job.attempts} times; {detail}"
                return self._say(job, token, "failed", said)
            case "died":
                return self._insist(lambda: leases.release(database, job.id, token, detail, True))
        return False

    def _say(self, job: Job, token: str, state: State, detail: str | None) -> bool | None:
        return self._insist(lambda: leases.finish(self._database, job.id, token, state, detail))

    def _insist(self, ask: Callable[[], Found]) -> Found | None:
        """Return what the database says, once it does; `None` where the worker stops first."""
        while True:
            try:
                return ask()
            except (OperationalError, InterfaceError) as error:
                _LOG.warning("the database does not answer: %s", _cause(error))
                if self._stop.wait(_POLL_S):
                    return None


class _Lease:
    """The lease of an attempt, written only where there is something to say."""

    def __init__(self, database: Database, job: str, token: str, lease_s: float) -> None:
        self._database, self._job, self._token = database, job, token
        self._lease_s = lease_s
        self._written = time.monotonic()
        self._said: Mapping[str, Any] | None = None

    def beat(self, progress: Mapping[str, Any] | None) -> leases.Held:
        """Say how far the work is; a database that is away takes nothing from anybody."""
        news = None if progress == self._said else progress
        try:
            if news is None and time.monotonic() - self._written < self._lease_s / 3:
                return leases.held(self._database, self._job, self._token)
            held = leases.renew(self._database, self._job, self._token, self._lease_s, news)
        except DBAPIError as error:
            _LOG.warning("job %s: no heartbeat: %s", self._job, _cause(error))
            return "held"
        self._written, self._said = time.monotonic(), progress
        return held


class _Run:
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
        beat: Callable[[Mapping[str, Any] | None], leases.Held],
        stop: threading.Event,
        deadline_s: float,
    ) -> tuple[str, str | None]:
        """Return what became of it, and why; by then the process is no more.

        `done`, `failed`, or `died` of itself; `stopped`, `cancelled` or `lost` by others' will.
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
                if now - beaten >= _BEAT_S:
                    beaten = now
                    held = beat(self._progress)
                    if held != "held":
                        return held, None
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
            self._process.kill()  # it had not even got to lead a group
        self._process.join()
        self._pipe.close()


def work(settings: Settings, idle_s: float | None = None, *, attached: bool = False) -> None:
    """Do jobs until SIGTERM or SIGINT; where `attached`, until standard input ends too.

    Raises:
        StoreError: the database cannot be used.
    """
    dictConfig(logging_config())
    database = Database(settings.database_url)
    database.migrate()
    worker = Worker(database, settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    if attached:
        threading.Thread(target=_until_left, args=(worker,), daemon=True).start()
    worker.run(idle_s)
    database.close()


def _until_left(worker: Worker) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    worker.stop()


def _cause(error: DBAPIError | OSError) -> str:
    said = error.orig if isinstance(error, DBAPIError) else error
    return str(said).partition("\n")[0]


if __name__ == "__main__":
    os.nice(10)  # who waits for an answer goes first
    given = json.loads(sys.stdin.buffer.readline())
    work(Settings(**given["settings"]), given["idle_s"], attached=True)
