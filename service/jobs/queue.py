"""Client side of the job queue: submit, list, cancel, retry; each in one transaction."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, and_, func, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from evaluation.errors import ConsortError
from service.core.admission import Busy
from service.core.problem_types import Code
from service.jobs import quota
from service.jobs.job import SHOWN, Job, change, end, find_job, now
from service.registry import repository
from service.registry.repository import Version
from service.store.database import Database
from service.store.tables import job_files, jobs

MOST_BYTES = 1 << 31
"""Bytes of the jobs of one owner, by default."""

_TICK_S = 1e-6


@dataclass(frozen=True, slots=True)
class Order:
    """A job to submit: its kind, its parameters as JSON, and its input files.

    `version` is the registered combiner that it uses; `pinned` are the parameters in which it is
    named, stored in place of those of the request, which may name it by an alias that moves.
    """

    kind: str
    request: Mapping[str, Any]
    files: Mapping[str, bytes]
    version: Version | None = None
    pinned: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of kind, parameters and files, as they were requested."""
        files = {name: hashlib.sha256(text).hexdigest() for name, text in self.files.items()}
        whole = json.dumps([self.kind, self.request, files], sort_keys=True)
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of the parameters as JSON and of the input files."""
        return len(json.dumps(self.request)) + sum(map(len, self.files.values()))


class KeyReusedError(ConsortError):
    """An idempotency key that was used before with another request."""

    code = "idempotency-key-reused"


class StateError(ConsortError):
    """A change that the state of the job does not allow."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code


def submit(
    database: Database,
    order: Order,
    owner: str,
    key: str | None,
    most: int,
    most_bytes: int = MOST_BYTES,
) -> tuple[Job, bool]:
    """Store a job; return it, and whether it is new: there is only one with the same `key`.

    Raises:
        KeyReusedError: `key` was used before with another order.
        Busy: the owner has `most` queued jobs already.
        QuotaError: all jobs of the owner would have more than `most_bytes`.
        Problem: 404, the registered combiner that it uses has been removed meanwhile.
    """
    try:
        with database.write() as connection:
            if key and (known := _by_key(connection, owner, key, order)):
                return known, False
            quota.check(connection, owner, order.size, most_bytes)
            _check_room(connection, owner, most)
            if order.version:
                repository.keep(connection, order.version)
            return _insert(connection, order, owner, key), True
    except IntegrityError:  # another request with the same key was faster
        with database.read() as connection:
            known = _by_key(connection, owner, key or "", order)
        if known is None:
            raise
        return known, False


def find(database: Database, job: str, owner: str) -> Job | None:
    """Return the job of `owner` with this id, or `None`."""
    with database.read() as connection:
        return find_job(connection, jobs.c.id == job, jobs.c.owner == owner)


def page(database: Database, owner: str, most: int, after: str | None = None) -> list[Job]:
    """Return the `most` newest jobs of `owner`, or the newest ones older than the job `after`."""
    query = select(*SHOWN).where(jobs.c.owner == owner)
    if after is not None:
        last = select(jobs.c.created_at, jobs.c.id).where(jobs.c.id == after)
        query = query.where(tuple_(jobs.c.created_at, jobs.c.id) < last.scalar_subquery())
    query = query.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(most)
    with database.read() as connection:
        return [Job.of(row) for row in connection.execute(query).mappings()]


def cancel(database: Database, job: str, owner: str) -> Job | None:
    """Cancel a queued job, or ask the worker of a running one; return it, `None` if not found.

    Raises:
        StateError: it has succeeded or failed.
    """
    with database.write() as connection:
        current = find_job(connection, jobs.c.id == job, jobs.c.owner == owner, lock=True)
        if current is None or current.state == "cancelled":
            return current
        if current.ended:
            raise StateError("job-ended", f"has {current.state} already")
        if current.state == "queued":
            end(connection, jobs.c.id == job, "cancelled")
        elif not current.cancel_asked:  # a change would also renew the lease of a lost worker
            change(connection, jobs.c.id == job, {"cancel_asked": True})
        return find_job(connection, jobs.c.id == job)


def retry(database: Database, job: str, owner: str) -> Job | None:
    """Queue a failed or cancelled job again; return it, `None` if not found.

    Raises:
        StateError: it neither failed nor was cancelled.
    """
    with database.write() as connection:
        current = find_job(connection, jobs.c.id == job, jobs.c.owner == owner, lock=True)
        if current is None:
            return None
        if current.state not in ("failed", "cancelled"):
            detail = f"is {current.state}; only failed and cancelled jobs can be retried"
            raise StateError("job-not-retryable", detail)
        nothing = dict.fromkeys(("detail", "progress", "started_at", "finished_at"))
        again = {**nothing, "state": "queued", "attempts": 0, "cancel_asked": False}
        return change(connection, jobs.c.id == job, again)


def _insert(connection: Connection, order: Order, owner: str, key: str | None) -> Job:
    row = {
        "id": uuid4().hex,
        "kind": order.kind,
        "request": {**order.request, **order.pinned},
        "owner": owner,
        "idempotency_key": key,
        "request_digest": order.digest,
        "state": "queued",
        "attempts": 0,
        "cancel_asked": False,
        "created_at": _next_time(connection),
        "revision": 1,
        "input_bytes": order.size,
        "artefact": order.version.digest if order.version else None,
    }
    connection.execute(insert(jobs).values(row))
    given = [{"job": row["id"], "name": n, "content": text} for n, text in order.files.items()]
    if given:
        connection.execute(insert(job_files), given)
    job = find_job(connection, jobs.c.id == row["id"])
    assert job is not None
    return job


def _next_time(connection: Connection) -> float:
    """Return the time, but one after those of all queued jobs: the clock may have been set back."""
    newest = select(func.max(jobs.c.created_at)).where(jobs.c.state == "queued")
    return max(now(connection), (connection.execute(newest).scalar() or 0.0) + _TICK_S)


def _by_key(connection: Connection, owner: str, key: str, order: Order) -> Job | None:
    known = and_(jobs.c.owner == owner, jobs.c.idempotency_key == key)
    row = connection.execute(select(jobs.c.id, jobs.c.request_digest).where(known)).first()
    if row is None:
        return None
    if row.request_digest != order.digest:
        raise KeyReusedError("was sent before with another request")
    return find_job(connection, jobs.c.id == row.id)


def _check_room(connection: Connection, owner: str, most: int) -> None:
    queued = and_(jobs.c.owner == owner, jobs.c.state == "queued")
    if connection.execute(select(func.count()).where(queued)).scalar_one() >= most:
        raise Busy
