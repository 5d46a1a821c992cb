"""A job as a row of the database, and functions that read and change it in a transaction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from sqlalchemy import Connection, RowMapping, Select, func, select, update
from sqlalchemy.sql import ColumnElement

from service.store.tables import jobs

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]

ID = re.compile("[0-9a-f]{32}")
"""The form of job ids."""

ENDED: tuple[State, ...] = ("succeeded", "failed", "cancelled")
SHOWN = [column for column in jobs.c if column.name not in ("idempotency_key", "request_digest")]
"""The columns of a `Job`."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job; times are seconds since 1970, `result` is the name of its results folder.

    A running attempt has a lease: it is lost if it leaves `revision` unchanged for `lease_s`.
    """

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
    lease_s: float | None
    result: str | None
    revision: int
    input_bytes: int
    result_bytes: int
    artefact: str | None

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        """Return the job in a row with the `SHOWN` columns."""
        return cls(**{str(name): value for name, value in row.items()})

    @property
    def ended(self) -> bool:
        """Whether the job has reached a final state."""
        return self.state in ENDED


def first(connection: Connection, query: Select[Any]) -> Job | None:
    """Return the first job of a query for the `SHOWN` columns, or `None`."""
    row = connection.execute(query).mappings().first()
    return None if row is None else Job.of(row)


def find_job(connection: Connection, *where: ColumnElement[bool], lock: bool = False) -> Job | None:
    """Return the job that matches, or `None`; with `lock` no other transaction can change it."""
    query = select(*SHOWN).where(*where)
    return first(connection, query.with_for_update() if lock else query)


def change(
    connection: Connection, where: ColumnElement[bool], values: Mapping[str, Any]
) -> Job | None:
    """Change a job and return its new state; `None` if no job matches."""
    changed = update(jobs).where(where).values(**values, revision=jobs.c.revision + 1)
    row = connection.execute(changed.returning(*SHOWN)).mappings().first()
    return None if row is None else Job.of(row)


def end(
    connection: Connection,
    where: ColumnElement[bool],
    state: State,
    detail: str | None = None,
    result: str | None = None,
) -> Job | None:
    """Set the final state of a job; see `change`. Without a `result` its results take no space."""
    values: dict[str, Any] = {
        "state": state,
        "detail": detail,
        "result": result,
        "finished_at": now(connection),
        "leased_by": None,
        "lease_s": None,
    }
    if result is None:
        values["result_bytes"] = 0
    return change(connection, where, values)


def now(connection: Connection) -> float:
    """Return the time of the database's clock, because clocks of its clients may differ."""
    clock: ColumnElement[Any]
    if connection.dialect.name == "postgresql":
        clock = func.extract("epoch", func.clock_timestamp())
    else:
        clock = (func.julianday("now") - 2440587.5) * 86400
    return float(connection.execute(select(clock)).scalar_one())
