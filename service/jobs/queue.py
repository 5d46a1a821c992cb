"""The queue of jobs, a table: each is held by one attempt at a time, and done by one alone.

An attempt holds a job by a lease with a `token` of its own, which it must renew. When the lease
ends, the job is anybody's, and whatever the old attempt still does finds its token gone. What
became of a job is said in one transaction, so that it is never half done.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, and_, func, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import ColumnElement

from service.limits import Busy
from service.store.database import Database
from service.store.tables import job_files, jobs

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Held = Literal["held", "cancelled", "lost"]
"""What became of a lease: the job is to be given up in the last two cases."""

ENDED: tuple[State, ...] = ("succeeded", "failed", "cancelled")
_SHOWN = [column for column in jobs.c if column.name not in ("idempotency_key", "request_digest")]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked: a kind of job, its parameters as JSON has them, and the files it is given."""

    kind: str
    request: Mapping[str, Any]
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        files = {name: hashlib.sha256(text).hexdigest() for name, text in self.files.items()}
        whole = json.dumps([self.kind, self.request, files], sort_keys=True)
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is; times are seconds since 1970, `result` names the folder of its results."""

    id: str
    kind: str
    request: dict[str, Any]
    owner: str
    state: State
    progress: dict[str, Any] | None
    detail: str | None
    attempts: int
    cancel_asked: bool
    created_at: float
    started_at: float | None
    finished_at: float | None
    leased_by: str | None
    leased_until: float | None
    result: str | None
    revision: int

    @property
    def ended(self) -> bool:
        """Whether nothing more will become of it by itself."""
        return self.state in ENDED


class ClashError(ValueError):
    """An idempotency key that was used for something else."""


class UnsuitedError(ValueError):
    """What the state of a job does not allow."""


def submit(
    database: Database, order: Order, owner: str, key: str | None, most: int
) -> tuple[Job, bool]:
    """Keep a job, and return it and whether it is new: with the same `key` there is only one.

    Raises:
        ClashError: `key` was given with another order.
        Busy: `most` jobs of this owner are waiting already.
    """
    try:
        with database.write() as connection:
            if key and (known := _by_key(connection, owner, key, order)):
                return known, False
            _check_room(connection, owner, most)
            return _insert(connection, order, owner, key), True
    except IntegrityError:  # somebody was faster with the same key
        with database.read() as connection:
            known = _by_key(connection, owner, key or "", order)
        if known is None:
            raise
        return known, False


def find(database: Database, job: str, owner: str) -> Job | None:
    """Return a job of `owner`, if there is one of this id."""
    with database.read() as connection:
        return _one(connection, jobs.c.id == job, jobs.c.owner == owner)


def page(database: Database, owner: str, most: int, after: str | None = None) -> list[Job]:
    """Return the newest jobs of `owner`; those older than the job `after` where one is named."""
    asked = select(*_SHOWN).where(jobs.c.owner == owner)
    if after is not None:
        last = select(jobs.c.created_at, jobs.c.id).where(jobs.c.id == after)
        asked = asked.where(tuple_(jobs.c.created_at, jobs.c.id) < last.scalar_subquery())
    asked = asked.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(most)
    with database.read() as connection:
        return [_job(row) for row in connection.execute(asked).mappings()]


def files(database: Database, job: str) -> dict[str, bytes]:
    """Return what a job was given, by name."""
    asked = select(job_files.c.name, job_files.c.content).where(job_files.c.job == job)
    with database.read() as connection:
        return {name: bytes(content) for name, content in connection.execute(asked)}


def waiting(database: Database) -> bool:
    """Return whether there is a job to take up."""
    with database.read() as connection:
        asked = select(jobs.c.id).where(_free(_now(connection))).limit(1)
        return connection.execute(asked).first() is not None


def claim(database: Database, lease_s: float, attempts: int) -> Job | None:
    """Take up the oldest job that waits or whose lease has ended; `leased_by` is the token.

    One that `attempts` have been made at is failed instead.
    """
    if not waiting(database):  # looking keeps nobody from writing
        return None
    with database.write() as connection:
        while True:
            now = _now(connection)
            free = select(*_SHOWN).where(_free(now)).order_by(jobs.c.created_at).limit(1)
            row = connection.execute(free.with_for_update(skip_locked=True)).mappings().first()
            if row is None:
                return None
            job = _job(row)
            if job.cancel_asked:
                _end(connection, job.id, "cancelled", None)
            elif job.attempts >= attempts:
                said = f"tried {job.attempts} times, and its worker was lost each time"
                _end(connection, job.id, "failed", said)
            else:
                return _lease(connection, job.id, now, lease_s)


def held(database: Database, job: str, token: str) -> Held:
    """Return whether a job is still this attempt's; it only looks."""
    with database.read() as connection:
        return _as_held(_one(connection, _held(job, token)))


def renew(
    database: Database, job: str, token: str, lease_s: float, progress: Mapping[str, Any] | None
) -> Held:
    """Hold a job for another `lease_s`, and say how far it is, where it is anywhere."""
    with database.write() as connection:
        until = {"leased_until": _now(connection) + lease_s}
        values = until if progress is None else {**until, "progress": progress}
        return _as_held(_change(connection, _held(job, token), values))


def finish(database: Database, job: str, token: str, state: State, detail: str | None) -> bool:
    """Say what became of a job, and return whether it was still this attempt's to say.

    Asked again, after a connection that broke before it could answer, it answers the same.
    """
    with database.write() as connection:
        result = token if state == "succeeded" else None
        if _end(connection, job, state, detail, _held(job, token), result):
            return True
        done = jobs.c.result == token
        return state == "succeeded" and _one(connection, jobs.c.id == job, done) is not None


def release(database: Database, job: str, token: str, detail: str | None, tried: bool) -> bool:
    """Let go of a job, so that it is taken up again; return whether this attempt had it.

    Where it was not really `tried`, the attempt does not count.
    """
    values: dict[str, Any] = {"state": "queued", "leased_by": None, "leased_until": None}
    values["detail"] = detail
    if not tried:
        values["attempts"] = jobs.c.attempts - 1
    with database.write() as connection:
        return _change(connection, _held(job, token), values) is not None


def cancel(database: Database, job: str, owner: str) -> Job | None:
    """Cancel a job, or ask its worker to; return it, `None` where there is none.

    Raises:
        UnsuitedError: it has ended otherwise.
    """
    with database.write() as connection:
        found = _one(connection, jobs.c.id == job, jobs.c.owner == owner, lock=True)
        if found is None or found.state == "cancelled":
            return found
        if found.ended:
            raise UnsuitedError(f"has {found.state} already")
        if found.state == "queued":
            _end(connection, job, "cancelled", None)
        else:
            _change(connection, jobs.c.id == job, {"cancel_asked": True})
        return _one(connection, jobs.c.id == job)


def retry(database: Database, job: str, owner: str) -> Job | None:
    """Have a job that failed or was cancelled done after all; return it, `None` if there is none.

    Raises:
        UnsuitedError: it neither failed nor was cancelled.
    """
    with database.write() as connection:
        found = _one(connection, jobs.c.id == job, jobs.c.owner == owner, lock=True)
        if found is None:
            return None
        if found.state not in ("failed", "cancelled"):
            raise UnsuitedError(
                f"is {found.state}; only what failed or was cancelled is done again"
            )
        nothing = dict.fromkeys(("detail", "progress", "started_at", "finished_at"))
        again = {**nothing, "state": "queued", "attempts": 0, "cancel_asked": False}
        return _change(connection, jobs.c.id == job, again)


def _insert(connection: Connection, order: Order, owner: str, key: str | None) -> Job:
    row = {
        "id": uuid4().hex,
        "kind": order.kind,
        "request": dict(order.request),
        "owner": owner,
        "idempotency_key": key,
        "request_digest": order.digest,
        "state": "queued",
        "attempts": 0,
        "cancel_asked": False,
        "created_at": _now(connection),
        "revision": 1,
    }
    connection.execute(insert(jobs).values(row))
    given = [{"job": row["id"], "name": n, "content": text} for n, text in order.files.items()]
    if given:
        connection.execute(insert(job_files), given)
    found = _one(connection, jobs.c.id == row["id"])
    assert found is not None
    return found


def _by_key(connection: Connection, owner: str, key: str, order: Order) -> Job | None:
    one = and_(jobs.c.owner == owner, jobs.c.idempotency_key == key)
    row = connection.execute(select(jobs.c.id, jobs.c.request_digest).where(one)).first()
    if row is None:
        return None
    if row.request_digest != order.digest:
        raise ClashError("was given with another request before")
    return _one(connection, jobs.c.id == row.id)


def _check_room(connection: Connection, owner: str, most: int) -> None:
    queued = and_(jobs.c.owner == owner, jobs.c.state == "queued")
    if connection.execute(select(func.count()).where(queued)).scalar_one() >= most:
        raise Busy


def _lease(connection: Connection, job: str, now: float, lease_s: float) -> Job | None:
    values = {
        "state": "running",
        "leased_by": uuid4().hex,
        "leased_until": now + lease_s,
        "attempts": jobs.c.attempts + 1,
        "started_at": now,
        "progress": None,
        "detail": None,
    }
    return _change(connection, jobs.c.id == job, values)


def _end(
    connection: Connection,
    job: str,
    state: State,
    detail: str | None,
    where: ColumnElement[bool] | None = None,
    result: str | None = None,
) -> bool:
    values = {
        "state": state,
        "detail": detail,
        "result": result,
        "finished_at": _now(connection),
        "leased_by": None,
        "leased_until": None,
    }
    which = jobs.c.id == job if where is None else where
    return _change(connection, which, values) is not None


def _change(
    connection: Connection, where: ColumnElement[bool], values: Mapping[str, Any]
) -> Job | None:
    changed = update(jobs).where(where).values(**values, revision=jobs.c.revision + 1)
    row = connection.execute(changed.returning(*_SHOWN)).mappings().first()
    return None if row is None else _job(row)


def _as_held(job: Job | None) -> Held:
    if job is None:
        return "lost"
    return "cancelled" if job.cancel_asked else "held"


def _held(job: str, token: str) -> ColumnElement[bool]:
    return and_(jobs.c.id == job, jobs.c.leased_by == token, jobs.c.state == "running")


def _free(now: float) -> ColumnElement[bool]:
    ended = and_(jobs.c.state == "running", jobs.c.leased_until < now)
    return or_(jobs.c.state == "queued", ended)


def _now(connection: Connection) -> float:
    """Return the time by the database's clock: those of the machines it serves may differ."""
    clock: ColumnElement[Any]
    if connection.dialect.name == "postgresql":
        clock = func.extract("epoch", func.clock_timestamp())
    else:
        clock = (func.julianday("now") - 2440587.5) * 86400
    return float(connection.execute(select(clock)).scalar_one())


def _one(connection: Connection, *where: ColumnElement[bool], lock: bool = False) -> Job | None:
    asked: Any = select(*_SHOWN).where(*where)
    rows: Sequence[RowMapping] = (
        connection.execute(asked.with_for_update() if lock else asked).mappings().all()
    )
    return _job(rows[0]) if rows else None


def _job(row: RowMapping) -> Job:
    return Job(**{str(name): value for name, value in row.items()})
