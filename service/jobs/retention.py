"""Removes old jobs: first the row with its input files, then the folder on disk.

If the process is killed in between, the folder without a job is found in the next run. Ages are
measured by the clock that wrote the times, but not beyond uptime: while a service runs, to set
that clock forward removes nothing early.
"""

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from sqlalchemy import RowMapping, and_, delete, select
from sqlalchemy.sql import ColumnElement

from service.jobs import results
from service.jobs.job import ENDED, ID, now
from service.store.database import Database
from service.store.tables import jobs

AT_ONCE = 20
"""Jobs deleted in one transaction; few, since large files would block other writers."""

_DAY_S = 86_400.0


def uptime() -> float:
    """Return seconds since this machine started, the same in all its processes."""
    if hasattr(time, "CLOCK_BOOTTIME"):  # counts the time in which the machine was suspended, too
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Start(NamedTuple):
    """The start of a service, by the clocks of the database and of the machine, and by uptime."""

    database_s: float
    machine_s: float
    uptime_s: float

    @classmethod
    def now(cls, database: Database) -> Self:
        """Return the present moment."""
        with database.read() as connection:
            return cls(now(connection), time.time(), uptime())

    def database_now(self, clock_s: float) -> float:
        """Return the time of the database, at most as much later as uptime has increased."""
        return min(clock_s, self.database_s + uptime() - self.uptime_s)

    def machine_now(self) -> float:
        """Return the time of the machine, at most as much later as uptime has increased."""
        return min(time.time(), self.machine_s + uptime() - self.uptime_s)


def due(database: Database, days: float, start: Start) -> bool:
    """Return whether there is a job that ended more than `days` ago."""
    with database.read() as connection:
        moment = start.database_now(now(connection))
        query = select(jobs.c.id).where(_old(moment, days)).limit(1)
        return connection.execute(query).first() is not None


def forget(database: Database, days: float, start: Start) -> None:
    """Delete jobs that ended more than `days` ago, at most `AT_ONCE` of them."""
    with database.write() as connection:
        old = _old(start.database_now(now(connection)), days)
        chosen = select(jobs.c.id).where(old).limit(AT_ONCE)
        # Checked again while deleting: a chosen job may have been retried in the meantime.
        connection.execute(delete(jobs).where(jobs.c.id.in_(chosen), old))


def sweep(database: Database, folder: Path, days: float, start: Start) -> None:
    """Remove folders that no job needs from the `folder` of jobs.

    Folders of attempts that neither run nor succeeded are left by killed processes. Folders without
    a job stay for `days` after their last change, since they may belong to another database.
    """
    attempts = dict(_attempts(folder))
    columns = jobs.c.id, jobs.c.leased_by, jobs.c.result
    with database.read() as connection:  # after listing folders: tokens are stored before these
        known = {row["id"]: row for row in connection.execute(select(*columns)).mappings()}
    unchanged_since = start.machine_now() - days * _DAY_S
    for path, tokens in attempts.items():
        if path.name in known:
            _clear(path, tokens, known[path.name])
        elif _changed_at(path) < unchanged_since:
            shutil.rmtree(path, ignore_errors=True)


def _attempts(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder of a job with the names of the folders of its attempts."""
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):  # another worker sweeps too
            if ID.fullmatch(path.name):
                yield path, [attempt.name for attempt in path.iterdir()]


def _clear(path: Path, tokens: Iterable[str], job: RowMapping) -> None:
    """Remove the folders of ended attempts, but keep the results of the one that succeeded."""
    for token in tokens:
        if token == job["result"]:
            results.discard(path / token, but=token)
        elif token != job["leased_by"]:
            results.discard(path / token)


def _changed_at(path: Path) -> float:
    """Return the time of the last change, in seconds since 1970; infinite if it is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _old(moment: float, days: float) -> ColumnElement[bool]:
    limit = moment - days * _DAY_S
    # The condition on created_at is implied; it lets the index find old jobs.
    return and_(jobs.c.state.in_(ENDED), jobs.c.created_at < limit, jobs.c.finished_at < limit)
