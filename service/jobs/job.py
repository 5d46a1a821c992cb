"""A job as the database has it, and how its row is read and changed within a transaction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from sqlalchemy import Connection, RowMapping, Select, func, select, update
from sqlalchemy.sql import ColumnElement

from service.store.tables import jobs

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]

ID = re.compile("[0-9a-f]{32}")
"""What the id of a job looks like."""

ENDED: tuple[State, ...] = ("succeeded", "failed", "cancelled")
SHOWN = [column for column in jobs.c if column.name not in ("idempotency_key", "request_digest")]
"""The columns that a job is made of."""


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

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        """Return the job that the `SHOWN` columns of a row are."""
        return cls(**{str(name): value for name, value in row.items()})

    @property
    def ended(self) -> bool:
        """Whether nothing more will become of it by itself."""
        return self.state in ENDED


def first(connection: Connection, asked: Select[Any]) -> Job | None:
    """Return the first job that is `asked` for, a query for `SHOWN` columns, if there is one."""
    row = connection.execute(asked).mappings().first()
    return None if row is None else Job.of(row)


def one(connection: Connection, *where: ColumnElement[bool], lock: bool = False) -> Job | None:
    """Return the job, if there is one; where `lock`, nobody else changes it meanwhile."""
    asked = select(*SHOWN).where(*where)
    return first(connection, asked.with_for_update() if lock else asked)


def change(
    connection: Connection, where: ColumnElement[bool], values: Mapping[str, Any]
) -> Job | None:
    """Change a job, and return it as it is now, `None` where there is none."""
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
    """Say what became of a job, as `change` does."""
    values = {
        "state": state,
        "detail": detail,
        "result": result,
        "finished_at": now(connection),
        "leased_by": None,
        "leased_until": None,
    }
    return change(connection, where, values)


def now(connection: Connection) -> float:
    """Return the time by the database's clock: those of the machines it serves may differ."""
    clock: ColumnElement[Any]
    if connection.dialect.name == "postgresql":
        clock = func.extract("epoch", func.clock_timestamp())
    else:
        clock = (func.julianday("now") - 2440587.5) * 86400
    return float(connection.execute(select(clock)).scalar_one())
