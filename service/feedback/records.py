"""Verdicts in the database: who voted for an edit of which type, and whether it was accepted."""

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
    """An edit that somebody judged."""

    type: str
    voters: Sequence[str]
    accepted: bool


class State(NamedTuple):
    """What changes whenever feedback does: the counts too, for clocks of processes differ."""

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
    """Keep verdicts, and return the id that they are retracted by."""
    found, now = uuid4().hex, time.time() if now is None else now
    row = {"id": found, "received_at": now, "day": day_of(now), "owner": owner}
    connection.execute(insert(feedback).values(row))
    rows = [
        {"feedback": found, "place": place, "system": system, "type": edit.type,
         "accepted": edit.accepted}
        for place, edit in enumerate(edits) for system in edit.voters
    ]  # fmt: skip
    connection.execute(insert(feedback_edits), rows)
    return found


def retract(connection: Connection, id_: str, owner: str, now: float | None = None) -> None:
    """Have verdicts count no more; a second time changes nothing.

    Raises:
        Problem: there are none such, or they are another's.
    """
    mine = feedback.c.id == id_, feedback.c.owner == owner
    if not connection.execute(select(feedback.c.id).where(*mine)).first():
        raise Problem(404, "there is no such feedback")
    query = update(feedback).where(*mine, feedback.c.retracted_at.is_(None))
    connection.execute(query.values(retracted_at=time.time() if now is None else now))


def state(connection: Connection) -> State:
    """Return what tells whether `tallies` have changed."""
    received, retracted = feedback.c.received_at, feedback.c.retracted_at
    newest = func.max(received), func.max(retracted)
    query = select(*newest, func.count(received), func.count(retracted))
    return State(*connection.execute(query).one())


def tallies(connection: Connection, since: int) -> list[Tally]:
    """Return the verdicts that count, from the day `since` on."""
    groups = (feedback.c.owner, feedback.c.day, feedback_edits.c.system, feedback_edits.c.type,
              feedback_edits.c.accepted)  # fmt: skip
    query = _counting(*groups, func.count()).where(feedback.c.day >= since).group_by(*groups)
    return list(map(Tally._make, connection.execute(query)))


def blocks(connection: Connection) -> dict[str, list[Block]]:
    """Return each system's judged edits in the order of arrival, by windows; the last may be short.

    What was retracted is not among them.
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
    found: dict[str, list[Block]] = {}
    for system, _, judged, good in connection.execute(query.order_by(*block)):
        found.setdefault(system, []).append(Block(judged, int(good)))
    return found


def _counting(*columns: ColumnElement[Any]) -> Select[Any]:
    joined = feedback.join(feedback_edits, feedback_edits.c.feedback == feedback.c.id)
    return select(*columns).select_from(joined).where(feedback.c.retracted_at.is_(None))
