"""Worker side of the job queue: claim, renew, release, finish.

An attempt has a job by a lease with its own `token`, which it must renew. When the lease expires,
another worker may claim the job, and later calls with the old token have no effect.
"""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.sql import ColumnElement

from service.jobs.job import SHOWN, Job, State, change, end, find_job, first, now
from service.store.database import Database
from service.store.tables import job_files, jobs

LeaseState = Literal["valid", "cancelled", "lost"]
"""State of a lease; unless it is valid, the attempt must stop."""


def waiting(database: Database) -> bool:
    """Return whether there is a job to claim."""
    with database.read() as connection:
        query = select(jobs.c.id).where(_free(now(connection))).limit(1)
        return connection.execute(query).first() is not None


def claim(database: Database, lease_s: float, attempts: int) -> Job | None:
    """Claim the oldest job that is queued or whose lease has expired; `leased_by` is the token.

    A job that has had as many `attempts` is set to failed instead.
    """
    if not waiting(database):  # to look does not block writers
        return None
    with database.write() as connection:
        while True:
            time = now(connection)
            free = select(*SHOWN).where(_free(time)).order_by(jobs.c.created_at).limit(1)
            job = first(connection, free.with_for_update(skip_locked=True))
            if job is None:
                return None
            this = jobs.c.id == job.id
            if job.cancel_asked:
                end(connection, this, "cancelled")
            elif job.attempts >= attempts:
                detail = f"attempted {job.attempts} times; the worker was lost each time"
                end(connection, this, "failed", detail)
            else:
                return _lease(connection, this, time, lease_s)


def files(database: Database, job: str) -> dict[str, bytes]:
    """Return the input files of a job by name."""
    query = select(job_files.c.name, job_files.c.content).where(job_files.c.job == job)
    with database.read() as connection:
        return {name: bytes(content) for name, content in connection.execute(query)}


def lease_state(database: Database, job: str, token: str) -> LeaseState:
    """Return the state of a lease without renewing it."""
    with database.read() as connection:
        return _state_of(find_job(connection, _leased(job, token)))


def renew(
    database: Database, job: str, token: str, lease_s: float, progress: Mapping[str, Any] | None
) -> LeaseState:
    """Renew a lease for `lease_s`, and store the progress if there is any."""
    with database.write() as connection:
        until = {"leased_until": now(connection) + lease_s}
        values = until if progress is None else {**until, "progress": progress}
        return _state_of(change(connection, _leased(job, token), values))


def finish(database: Database, job: str, token: str, state: State, detail: str | None) -> bool:
    """Set the final state of a job, and return whether the attempt still had its lease.

    A repeated call, after the connection broke before the answer, returns the same.
    """
    with database.write() as connection:
        result = token if state == "succeeded" else None
        if end(connection, _leased(job, token), state, detail, result):
            return True
        done = jobs.c.result == token
        return state == "succeeded" and find_job(connection, jobs.c.id == job, done) is not None


def release(database: Database, job: str, token: str, detail: str | None, tried: bool) -> bool:
    """Queue a job again, and return whether the attempt had its lease.

    The attempt counts only if the job was `tried`.
    """
    values: dict[str, Any] = {"state": "queued", "leased_by": None, "leased_until": None}
    values["detail"] = detail
    if not tried:
        values["attempts"] = jobs.c.attempts - 1
    with database.write() as connection:
        return change(connection, _leased(job, token), values) is not None


def _lease(
    connection: Connection, this: ColumnElement[bool], time: float, lease_s: float
) -> Job | None:
    values = {
        "state": "running",
        "leased_by": uuid4().hex,
        "leased_until": time + lease_s,
        "attempts": jobs.c.attempts + 1,
        "started_at": time,
        "progress": None,
        "detail": None,
    }
    return change(connection, this, values)


def _state_of(job: Job | None) -> LeaseState:
    if job is None:
        return "lost"
    return "cancelled" if job.cancel_asked else "valid"


def _leased(job: str, token: str) -> ColumnElement[bool]:
    return and_(jobs.c.id == job, jobs.c.leased_by == token, jobs.c.state == "running")


def _free(time: float) -> ColumnElement[bool]:
    ended = and_(jobs.c.state == "running", jobs.c.leased_until < time)
    return or_(jobs.c.state == "queued", ended)
