"""Verdicts in the database: type and voters of each judged edit, and whether it was accepted."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Select, case, func, insert, select, update

from service.core.problems import Problem
from service.feedback.competence import Tally
from service.feedback.drift import WINDOW, Block
from service.store.tables import feedback, feedback_edits

DAY_S = 86_400


class Judged(NamedTuple):
    """A judged edit."""

    type: str
    voters: Sequence[str]
    accepted: bool


class State(NamedTuple):
    """Changes whenever feedback does; has counts too, since clocks of processes may differ."""

    received: float | None
    retracted: float | None
    there_are: int
    are_retracted: int


def day_of(seconds: float) -> int:
    """Return the day since 1970."""
    return int(seconds // DAY_S)


def add(
    connection: Connection, owner: str, edits: Sequence[Judged], now: float | None = None
) -> str:
    """Store verdicts; return the id to retract them by."""
    id_, now = uuid4().hex, time.time() if now is None else now
    row = {"id": id_, "received_at": now, "day": day_of(now), "owner": owner}
    connection.execute(insert(feedback).values(row))
    rows = [
        {"feedback": id_, "place": i, "system": system, "type": edit.type,
         "accepted": edit.accepted}
        for i, edit in enumerate(edits) for system in edit.voters
    ]  # fmt: skip
    connection.execute(insert(feedback_edits), rows)
    return id_


def retract(connection: Connection, id_: str, owner: str, now: float | None = None) -> None:
    """Retract verdicts; a second call has no effect.

    Raises:
        Problem: 404, no such feedback, or it belongs to another owner.
    """
    chosen = feedback.c.id == id_, feedback.c.owner == owner
    if not connection.execute(select(feedback.c.id).where(*chosen)).first():
        raise Problem("feedback-not-found", "no such feedback")
    query = update(feedback).where(*chosen, feedback.c.retracted_at.is_(None))
    connection.execute(query.values(retracted_at=time.time() if now is None else now))


def state(connection: Connection) -> State:
    """Return a value that differs whenever `tallies` have changed."""
    received, retracted = feedback.c.received_at, feedback.c.retracted_at
    newest = func.max(received), func.max(retracted)
    query = select(*newest, func.count(received), func.count(retracted))
    return State(*connection.execute(query).one())


def tallies(connection: Connection, since: int) -> list[Tally]:
    """Return the verdicts since the day `since`, without retracted ones."""
    groups = (feedback.c.owner, feedback.c.day, feedback_edits.c.system, feedback_edits.c.type,
              feedback_edits.c.accepted)  # fmt: skip
    query = _counting(*groups, func.count()).where(feedback.c.day >= since).group_by(*groups)
    return list(map(Tally._make, connection.execute(query)))


def blocks(connection: Connection) -> dict[str, list[Block]]:
    """Return the windows of judged edits of each system in the order of arrival.

    The last window may be incomplete. Retracted verdicts are left out.
    """
    edit = feedback_edits.c
    order = feedback.c.received_at, feedback.c.id, edit.place
    place = func.row_number().over(partition_by=edit.system, order_by=order) - 1
    accepted = case((edit.accepted, 1), else_=0)
    numbered = _counting(
        edit.system, (place // WINDOW).label("block"), accepted.label("accepted")
    ).subquery()
    block = numbered.c.system, numbered.c.block
    query = select(*block, func.count(), func.sum(numbered.c.accepted)).group_by(*block)
    windows: dict[str, list[Block]] = {}
    for system, _, judged, good in connection.execute(query.order_by(*block)):
        windows.setdefault(system, []).append(Block(judged, int(good)))
    return windows


def _counting(*columns: ColumnElement[Any]) -> Select[Any]:
    joined = feedback.join(feedback_edits, feedback_edits.c.feedback == feedback.c.id)
    return select(*columns).select_from(joined).where(feedback.c.retracted_at.is_(None))
