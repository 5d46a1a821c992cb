"""The queue of jobs, a table, as those see it who ask for work: submitted, shown, called off.

What is said of a job is said in one transaction, so that it is never half there.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, and_, func, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from service.core.limits import Busy
from service.jobs.job import SHOWN, Job, change, end, now, one
from service.store.database import Database
from service.store.tables import job_files, jobs


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
        return one(connection, jobs.c.id == job, jobs.c.owner == owner)


def page(database: Database, owner: str, most: int, after: str | None = None) -> list[Job]:
    """Return the newest jobs of `owner`; those older than the job `after` where one is named."""
    asked = select(*SHOWN).where(jobs.c.owner == owner)
    if after is not None:
        last = select(jobs.c.created_at, jobs.c.id).where(jobs.c.id == after)
        asked = asked.where(tuple_(jobs.c.created_at, jobs.c.id) < last.scalar_subquery())
    asked = asked.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(most)
    with database.read() as connection:
        return [Job.of(row) for row in connection.execute(asked).mappings()]


def cancel(database: Database, job: str, owner: str) -> Job | None:
    """Cancel a job, or ask its worker to; return it, `None` where there is none.

    Raises:
        UnsuitedError: it has ended otherwise.
    """
    with database.write() as connection:
        found = one(connection, jobs.c.id == job, jobs.c.owner == owner, lock=True)
        if found is None or found.state == "cancelled":
            return found
        if found.ended:
            raise UnsuitedError(f"has {found.state} already")
        if found.state == "queued":
            end(connection, jobs.c.id == job, "cancelled")
        else:
            change(connection, jobs.c.id == job, {"cancel_asked": True})
        return one(connection, jobs.c.id == job)


def retry(database: Database, job: str, owner: str) -> Job | None:
    """Have a job that failed or was cancelled done after all; return it, `None` if there is none.

    Raises:
        UnsuitedError: it neither failed nor was cancelled.
    """
    with database.write() as connection:
        found = one(connection, jobs.c.id == job, jobs.c.owner == owner, lock=True)
        if found is None:
            return None
        if found.state not in ("failed", "cancelled"):
            raise UnsuitedError(
                f"is {found.state}; only what failed or was cancelled is done again"
            )
        nothing = dict.fromkeys(("detail", "progress", "started_at", "finished_at"))
        again = {**nothing, "state": "queued", "attempts": 0, "cancel_asked": False}
        return change(connection, jobs.c.id == job, again)


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
        "created_at": now(connection),
        "revision": 1,
    }
    connection.execute(insert(jobs).values(row))
    given = [{"job": row["id"], "name": n, "content": text} for n, text in order.files.items()]
    if given:
        connection.execute(insert(job_files), given)
    found = one(connection, jobs.c.id == row["id"])
    assert found is not None
    return found


def _by_key(connection: Connection, owner: str, key: str, order: Order) -> Job | None:
    known = and_(jobs.c.owner == owner, jobs.c.idempotency_key == key)
    row = connection.execute(select(jobs.c.id, jobs.c.request_digest).where(known)).first()
    if row is None:
        return None
    if row.request_digest != order.digest:
        raise ClashError("was given with another request before")
    return one(connection, jobs.c.id == row.id)


def _check_room(connection: Connection, owner: str, most: int) -> None:
    queued = and_(jobs.c.owner == owner, jobs.c.state == "queued")
    if connection.execute(select(func.count()).where(queued)).scalar_one() >= most:
        raise Busy
