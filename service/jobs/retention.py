"""Removes old jobs: first the row with its input files, then the folder on disk.

If the process is killed in between, the folder without a job is found in the next run.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import and_, delete, select
from sqlalchemy.sql import ColumnElement

from service.jobs.job import ENDED, ID, now
from service.store.database import Database
from service.store.tables import jobs

AT_ONCE = 20
"""Jobs deleted in one transaction; few, since large files would block other writers."""

_DAY_S = 86_400.0


def due(database: Database, days: float) -> bool:
    """Return whether there is a job that ended more than `days` ago."""
    with database.read() as connection:
        query = select(jobs.c.id).where(_old(now(connection), days)).limit(1)
        return connection.execute(query).first() is not None


def forget(database: Database, days: float) -> None:
    """Delete jobs that ended more than `days` ago, at most `AT_ONCE` of them."""
    with database.write() as connection:
        old = _old(now(connection), days)
        chosen = select(jobs.c.id).where(old).limit(AT_ONCE)
        # Checked again while deleting: a chosen job may have been retried in the meantime.
        connection.execute(delete(jobs).where(jobs.c.id.in_(chosen), old))


def sweep(database: Database, folder: Path, days: float) -> None:
    """Remove folders without a job that have not changed for `days` from the `folder` of jobs.

    Newer ones stay, since they may belong to a service with another database.
    """
    unchanged = list(_unchanged_since(folder, time.time() - days * _DAY_S))
    with database.read() as connection:  # after listing folders: a job has a row first
        known = set(connection.execute(select(jobs.c.id)).scalars())
    for path in unchanged:
        if path.name not in known:
            shutil.rmtree(path, ignore_errors=True)


def _unchanged_since(folder: Path, moment: float) -> Iterator[Path]:
    """Yield folders of jobs unchanged since `moment`, in seconds since 1970 of the file system."""
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):  # another worker sweeps too
            if ID.fullmatch(path.name) and path.stat().st_mtime < moment:
                yield path


def _old(moment: float, days: float) -> ColumnElement[bool]:
    limit = moment - days * _DAY_S
    # The condition on created_at is implied; it lets the index find old jobs.
    return and_(jobs.c.state.in_(ENDED), jobs.c.created_at < limit, jobs.c.finished_at < limit)
