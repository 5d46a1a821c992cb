"""The queue of jobs as workers see it: each is held by one attempt at a time, and done by one.

An attempt holds a job by a lease with a `token` of its own, which it must renew. When the lease
ends, the job is anybody's, and whatever the old attempt still does finds its token gone.
"""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.sql import ColumnElement

from service.jobs.job import SHOWN, Job, State, change, end, first, now, one
from service.store.database import Database
from service.store.tables import job_files, jobs

Held = Literal["held", "cancelled", "lost"]
"""What became of a lease: the job is to be given up in the last two cases."""


def waiting(database: Database) -> bool:
    """Return whether there is a job to take up."""
    with database.read() as connection:
        asked = select(jobs.c.id).where(_free(now(connection))).limit(1)
        return connection.execute(asked).first() is not None


def claim(database: Database, lease_s: float, attempts: int) -> Job | None:
    """Take up the oldest job that waits or whose lease has ended; `leased_by` is the token.

    One that `attempts` have been made at is failed instead.
    """
    if not waiting(database):  # looking keeps nobody from writing
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
                said = f"tried {job.attempts} times, and its worker was lost each time"
                end(connection, this, "failed", said)
            else:
                return _lease(connection, this, time, lease_s)


def files(database: Database, job: str) -> dict[str, bytes]:
    """Return what a job was given, by name."""
    asked = select(job_files.c.name, job_files.c.content).where(job_files.c.job == job)
    with database.read() as connection:
        return {name: bytes(content) for name, content in connection.execute(asked)}


def held(database: Database, job: str, token: str) -> Held:
    """Return whether a job is still this attempt's; it only looks."""
    with database.read() as connection:
        return _as_held(one(connection, _held(job, token)))


def renew(
    database: Database, job: str, token: str, lease_s: float, progress: Mapping[str, Any] | None
) -> Held:
    """Hold a job for another `lease_s`, and say how far it is, where it is anywhere."""
    with database.write() as connection:
        until = {"leased_until": now(connection) + lease_s}
        values = until if progress is None else {**until, "progress": progress}
        return _as_held(change(connection, _held(job, token), values))


def finish(database: Database, job: str, token: str, state: State, detail: str | None) -> bool:
    """Say what became of a job, and return whether it was still this attempt's to say.

    Asked again, after a connection that broke before it could answer, it answers the same.
    """
    with database.write() as connection:
        result = token if state == "succeeded" else None
        if end(connection, _held(job, token), state, detail, result):
            return True
        done = jobs.c.result == token
        return state == "succeeded" and one(connection, jobs.c.id == job, done) is not None


def release(database: Database, job: str, token: str, detail: str | None, tried: bool) -> bool:
    """Let go of a job, so that it is taken up again; return whether this attempt had it.

    Where it was not really `tried`, the attempt does not count.
    """
    values: dict[str, Any] = {"state": "queued", "leased_by": None, "leased_until": None}
    values["detail"] = detail
    if not tried:
        values["attempts"] = jobs.c.attempts - 1
    with database.write() as connection:
        return change(connection, _held(job, token), values) is not None


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


def _as_held(job: Job | None) -> Held:
    if job is None:
        return "lost"
    return "cancelled" if job.cancel_asked else "held"


def _held(job: str, token: str) -> ColumnElement[bool]:
    return and_(jobs.c.id == job, jobs.c.leased_by == token, jobs.c.state == "running")


def _free(time: float) -> ColumnElement[bool]:
    ended = and_(jobs.c.state == "running", jobs.c.leased_until < time)
    return or_(jobs.c.state == "queued", ended)
