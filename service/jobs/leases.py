"""Worker side of the job queue: claim, renew, release, finish.

An attempt has a job by a lease with its own `token`, which it must renew: each renewal changes
the `revision` of the job. An unrenewed lease is taken back (`service.jobs.lost_leases`), and later
calls with the old token have no effect.
"""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, and_, select
from sqlalchemy.sql import ColumnElement

from service.jobs import quota
from service.jobs.job import SHOWN, Job, State, change, end, find_job, first, now
from service.store.database import Database
from service.store.tables import job_files, jobs

LeaseState = Literal["valid", "cancelled", "lost", "full"]
"""State of a lease; unless it is valid, the attempt must stop. Full: the quota of its owner is."""

_LOST = "its worker was lost"
_QUEUED = jobs.c.state == "queued"


def waiting(database: Database) -> bool:
    """Return whether there is a job to claim."""
    with database.read() as connection:
        query = select(jobs.c.id).where(_QUEUED).limit(1)
        return connection.execute(query).first() is not None


def claim(database: Database, lease_s: float) -> Job | None:
    """Claim the queued job that has waited longest; `leased_by` is the token."""
    if not waiting(database):  # to look does not block writers
        return None
    with database.write() as connection:
        oldest = select(*SHOWN).where(_QUEUED).order_by(jobs.c.created_at).limit(1)
        job = first(connection, oldest.with_for_update(skip_locked=True))
        return job and _lease(connection, jobs.c.id == job.id, lease_s)


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
    database: Database,
    job: str,
    token: str,
    progress: Mapping[str, Any] | None = None,
    written: tuple[int, int] | None = None,
) -> LeaseState:
    """Renew a lease, and store the progress if there is any.

    `written` are the bytes of results so far, which count for the owner from now on, and the most
    that all jobs of the owner may have; above that the lease is not renewed, and the state `full`.
    """
    values: dict[str, Any] = {} if progress is None else {"progress": progress}
    with database.write() as connection:
        if written is not None:
            values["result_bytes"] = written[0]
            if not _fits(connection, _leased(job, token), *written):
                return "full"
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


def release(database: Database, job: str, token: str) -> bool:
    """Queue a job again as if it had not been attempted; return whether the attempt had its lease.

    A job that was asked to be cancelled is cancelled instead.
    """
    untried = {"attempts": jobs.c.attempts - 1}
    return _give_back(database, _leased(job, token), None, None, untried)


def give_back(database: Database, job: str, token: str, reason: str, attempts: int) -> bool:
    """Queue a job again after an attempt that died; return whether the attempt had its lease.

    After as many `attempts` the job has failed instead, and it is cancelled if that was asked.
    """
    return _give_back(database, _leased(job, token), reason, attempts, {})


def take_back(database: Database, job: str, token: str, revision: int, attempts: int) -> bool:
    """Queue a job again, if its lease has not been renewed since `revision`; see `give_back`."""
    unrenewed = and_(_leased(job, token), jobs.c.revision == revision)
    return _give_back(database, unrenewed, _LOST, attempts, {})


def _give_back(
    database: Database,
    this: ColumnElement[bool],
    reason: str | None,
    attempts: int | None,
    values: Mapping[str, Any],
) -> bool:
    with database.write() as connection:
        job = find_job(connection, this, lock=True)
        if job is None:
            return False
        if job.cancel_asked:
            end(connection, this, "cancelled")
        elif attempts is not None and job.attempts >= attempts:
            end(connection, this, "failed", f"attempted {job.attempts} times; {reason}")
        else:
            free = {"state": "queued", "leased_by": None, "lease_s": None, "result_bytes": 0}
            change(connection, this, {**free, "detail": reason, **values})
        return True


def _fits(connection: Connection, this: ColumnElement[bool], size: int, most: int) -> bool:
    job = find_job(connection, this)
    if job is None or size <= job.result_bytes:
        return True
    quota.lock(connection, job.owner)
    return quota.used(connection, job.owner) - job.result_bytes + size <= most


def _lease(connection: Connection, this: ColumnElement[bool], lease_s: float) -> Job | None:
    values = {
        "state": "running",
        "leased_by": uuid4().hex,
        "lease_s": lease_s,
        "attempts": jobs.c.attempts + 1,
        "started_at": now(connection),
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
