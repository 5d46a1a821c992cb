"""Numbers of verdicts in the database by day, owner, system and type of edit, within limits."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    delete,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from service.core.limits import FEEDBACK_CELLS, Refused
from service.core.problems import Problem
from service.feedback.competence import Cell
from service.store.tables import feedback_counts, feedback_days

CHANGES_AT_ONCE = 200
"""Owner-days read in one transaction: with all their cells, a tenth of a second."""

DAY_S = 86_400

_Key = tuple[int, str]


class Votes(NamedTuple):
    """Numbers of accepted and of rejected edits."""

    accepted: int
    rejected: int


class OwnerDay(NamedTuple):
    """All verdicts of one owner on one day since 1970, and the revision that changed them last."""

    revision: int
    day: int
    owner: str
    cells: dict[Cell, Votes]


def check(
    connection: Connection, owner: str, now: float, added: Mapping[Cell, Votes], most: int
) -> None:
    """Refuse verdicts beyond the limits of an owner and day.

    Args:
        connection: of the transaction that adds them.
        owner: whose verdicts they are.
        now: seconds since 1970.
        added: the new verdicts.
        most: verdicts stored in a day, also those retracted since.

    Raises:
        Refused: these verdicts alone exceed a limit.
        Problem: 429, they do together with earlier ones of the day.
    """
    key = int(now // DAY_S), owner
    stored, new = _stored(connection, key), sum(map(sum, added.values()))
    cells = len({*_cells(connection, key), *added})
    for name, alone, together, limit in (
        ("verdicts (edits times voters)", new, stored + new, most),
        ("pairs of system and type", len(added), cells, FEEDBACK_CELLS),
    ):
        if alone > limit:
            raise Refused("too-many", ["edits"], f"has {alone} {name}; the limit is {limit} a day")
        if together > limit:
            detail = f"would make {together} {name} on this day (UTC); the limit is {limit}"
            later = {"Retry-After": str(int(DAY_S - now % DAY_S) + 1)}
            raise Problem("feedback-limited", detail, headers=later)


def add(
    connection: Connection, revision: int, key: tuple[int, str], added: Mapping[Cell, Votes]
) -> None:
    """Add verdicts to those of a day and owner, the `key`; the limits are those of `check`."""
    stored = _stored(connection, key) + sum(map(sum, added.values()))
    connection.execute(delete(feedback_days).where(_is(feedback_days.c, key)))
    row = {"day": key[0], "owner": key[1], "stored": stored, "revision": revision}
    connection.execute(insert(feedback_days).values(row))
    _change(connection, key, added)


def subtract(
    connection: Connection, revision: int, key: tuple[int, str], removed: Mapping[Cell, Votes]
) -> None:
    """Subtract verdicts that were added before; the owner may not send others instead."""
    of_day = update(feedback_days).where(_is(feedback_days.c, key))
    if connection.execute(of_day.values(revision=revision)).rowcount:
        minus = {cell: Votes(-yes, -no) for cell, (yes, no) in removed.items()}
        _change(connection, key, minus)


def changes(connection: Connection, revision: int, since: int) -> list[OwnerDay]:
    """Return the verdicts of owner-days that changed after `revision`, in order of their changes.

    At most `CHANGES_AT_ONCE` of them: the others follow the last one's revision. Days before
    `since` are left out.
    """
    days, cells = feedback_days.c, feedback_counts.c
    chosen = (
        select(days.revision, days.day, days.owner)
        .where(days.revision > revision, days.day >= since)
        .order_by(days.revision)
        .limit(CHANGES_AT_ONCE)
        .subquery()
    )
    same = and_(cells.day == chosen.c.day, cells.owner == chosen.c.owner)
    query = select(chosen, cells.system, cells.type, cells.accepted, cells.rejected)
    rows = connection.execute(
        query.select_from(chosen.outerjoin(feedback_counts, same)).order_by(chosen.c.revision)
    )
    changed: dict[int, OwnerDay] = {}
    for number, day, owner, system, type_, accepted, rejected in rows:
        change = changed.setdefault(number, OwnerDay(number, day, owner, {}))
        if system is not None:
            change.cells[system, type_] = Votes(accepted, rejected)
    return list(changed.values())


def forget(connection: Connection, since: int, at_once: int) -> None:
    """Delete the verdicts of days before `since`, of `at_once` owner-days at most."""
    days = feedback_days.c
    query = select(days.day, days.owner).where(days.day < since).limit(at_once)
    for key in connection.execute(query).all():
        for table in (feedback_counts, feedback_days):
            connection.execute(delete(table).where(_is(table.c, tuple(key))))


def _stored(connection: Connection, key: _Key) -> int:
    query = select(feedback_days.c.stored).where(_is(feedback_days.c, key))
    return connection.execute(query).scalar() or 0


def _cells(connection: Connection, key: _Key) -> dict[Cell, Votes]:
    cells = feedback_counts.c
    query = select(cells.system, cells.type, cells.accepted, cells.rejected)
    rows = connection.execute(query.where(_is(cells, key)))
    return {(system, type_): Votes(*votes) for system, type_, *votes in rows}


def _change(connection: Connection, key: _Key, plus: Mapping[Cell, Votes]) -> None:
    """Add to the cells of an owner-day, which the caller has locked; keep none without votes."""
    known = _cells(connection, key)
    day, owner = key
    cells = feedback_counts.c
    old = [cell for cell in plus if cell in known]
    if old:
        chosen = tuple_(cells.system, cells.type).in_(old)
        connection.execute(delete(feedback_counts).where(_is(cells, key), chosen))
    rows = []
    for (system, type_), votes in plus.items():
        before = known.get((system, type_), Votes(0, 0))
        accepted, rejected = before.accepted + votes.accepted, before.rejected + votes.rejected
        if accepted or rejected:
            rows.append(
                {"day": day, "owner": owner, "system": system, "type": type_,
                 "accepted": accepted, "rejected": rejected}
            )  # fmt: skip
    if rows:
        connection.execute(insert(feedback_counts), rows)


def _is(columns: ReadOnlyColumnCollection[str, Column[Any]], key: _Key) -> ColumnElement[bool]:
    return and_(columns.day == key[0], columns.owner == key[1])
