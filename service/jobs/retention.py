"""Old jobs go: first the row, with the files that it was given, then what is left of it on disk.

Killed in between, nothing stays for ever: a folder whose job is gone is found the next time.
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
"""Jobs forgotten in one transaction: the files of each may be large, and others want to write."""

_DAY_S = 86_400.0


def due(database: Database, days: float) -> bool:
    """Return whether there is a job that ended more than `days` ago."""
    with database.read() as connection:
        asked = select(jobs.c.id).where(_old(now(connection), days)).limit(1)
        return connection.execute(asked).first() is not None


def forget(database: Database, days: float) -> None:
    """Forget jobs that ended more than `days` ago, `AT_ONCE` at most."""
    with database.write() as connection:
        old = _old(now(connection), days)
        some = select(jobs.c.id).where(old).limit(AT_ONCE)
        # Looked at again: one that is to be done after all, since it was chosen, is old no more.
        connection.execute(delete(jobs).where(jobs.c.id.in_(some), old))


def sweep(database: Database, folder: Path, days: float) -> None:
    """Remove from the `folder` of jobs what is of none, and has not changed for `days`.

    What is younger stays: it may be that of a service with another database.
    """
    found = list(_unchanged_since(folder, time.time() - days * _DAY_S))
    with database.read() as connection:  # later than the look at the folder: a job's row is first
        known = set(connection.execute(select(jobs.c.id)).scalars())
    for path in found:
        if path.name not in known:
            shutil.rmtree(path, ignore_errors=True)


def _unchanged_since(folder: Path, moment: float) -> Iterator[Path]:
    """Yield the folders of jobs; `moment` is in seconds since 1970 by the clock of files."""
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):  # another worker sweeps too
            if ID.fullmatch(path.name) and path.stat().st_mtime < moment:
                yield path


def _old(moment: float, days: float) -> ColumnElement[bool]:
    limit = moment - days * _DAY_S
    # It was there before it ended: said so, old ones are found by the index.
    return and_(jobs.c.state.in_(ENDED), jobs.c.created_at < limit, jobs.c.finished_at < limit)
