"""Verdicts in the database: type and voters of each judged edit, and whether it was accepted.

Each change is one transaction, which begins by locking `feedback_state` and keeps the counts of
`counts` and `windows` current, so that reading them never takes all verdicts.
"""

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, delete, exists, insert, select, update

from service.core.problems import Problem
from service.feedback import counts, windows
from service.feedback.competence import Cell
from service.feedback.counts import DAY_S, Votes
from service.feedback.windows import Window
from service.store.tables import feedback, feedback_days, feedback_edits, feedback_state

STORED_PER_DAY = 50_000
"""The most verdicts of one owner stored in a day, unless the settings say otherwise."""

FORGOTTEN_AT_ONCE = 20
"""Feedback or owner-days deleted in one transaction; few, since they block other writers."""


class Judged(NamedTuple):
    """A judged edit."""

    type: str
    voters: Sequence[str]
    accepted: bool


class _Vote(NamedTuple):
    """A verdict on one system, and the window it is counted in."""

    system: str
    type: str
    accepted: bool
    window: int | None


def day_of(seconds: float) -> int:
    """Return the day since 1970."""
    return int(seconds // DAY_S)


def add(
    connection: Connection,
    owner: str,
    edits: Sequence[Judged],
    now: float | None = None,
    most: int = STORED_PER_DAY,
) -> str:
    """Store verdicts; return the id to retract them by.

    Args:
        connection: a transaction.
        owner: who sends them.
        edits: at least one.
        now: seconds since 1970, if not the present.
        most: the limit on verdicts of the owner in a day.

    Raises:
        Refused: these verdicts alone exceed a limit of a day.
        Problem: 429, they do together with earlier ones of the day.
    """
    id_, now = uuid4().hex, time.time() if now is None else now
    day = day_of(now)
    revision, opened = _begin(connection)
    votes = [_Vote(name, edit.type, edit.accepted, None) for edit in edits for name in edit.voters]
    cells = _by_cell(votes)
    counts.check(connection, owner, now, cells, most)
    counts.add(connection, revision, (day, owner), cells)
    filling = windows.filling(connection, {vote.system for vote in votes}, opened)
    row = {"id": id_, "received_at": now, "day": day, "owner": owner}
    connection.execute(insert(feedback).values(row))
    rows = [
        {"feedback": id_, "place": i, "system": system, "type": edit.type,
         "accepted": edit.accepted, "window_id": filling.assign(system, edit.accepted)}
        for i, edit in enumerate(edits) for system in edit.voters
    ]  # fmt: skip
    connection.execute(insert(feedback_edits), rows)
    windows.save(connection, filling, opened, day)
    connection.execute(update(feedback_state).values(windows=filling.opened))
    return id_


def retract(connection: Connection, id_: str, owner: str, now: float | None = None) -> None:
    """Retract verdicts; a second call has no effect.

    Raises:
        Problem: 404, no such feedback, or it belongs to another owner.
    """
    revision, _ = _begin(connection)
    chosen = feedback.c.id == id_, feedback.c.owner == owner
    row = connection.execute(select(feedback.c.day, feedback.c.retracted_at).where(*chosen)).first()
    if row is None:
        raise Problem("feedback-not-found", "no such feedback")
    if row.retracted_at is not None:
        return
    moment = time.time() if now is None else now
    connection.execute(update(feedback).where(*chosen).values(retracted_at=moment))
    edit = feedback_edits.c
    of_it = edit.feedback == id_
    query = select(edit.system, edit.type, edit.accepted, edit.window_id).where(of_it)
    votes = [_Vote(*vote) for vote in connection.execute(query)]
    connection.execute(delete(feedback_edits).where(of_it))
    counts.subtract(connection, revision, (row.day, owner), _by_cell(votes))
    windows.subtract(connection, _by_window(votes))


def revision(connection: Connection) -> int:
    """Return the number of changes of feedback so far."""
    return int(connection.execute(select(feedback_state.c.revision)).scalar_one())


def outdated(connection: Connection, since: int) -> bool:
    """Return whether there are verdicts of days before `since`."""
    old = (select(table.c.day).where(table.c.day < since) for table in (feedback, feedback_days))
    return any(connection.execute(select(exists(query))).scalar_one() for query in old)


def forget(connection: Connection, since: int) -> None:
    """Delete verdicts of days before `since`, a bounded number of them.

    Feedback goes first: as long as it can be retracted, the counts it is subtracted from exist.
    """
    _lock(connection)
    old = select(feedback.c.id).where(feedback.c.day < since).limit(FORGOTTEN_AT_ONCE)
    if connection.execute(delete(feedback).where(feedback.c.id.in_(old))).rowcount:
        return
    counts.forget(connection, since, FORGOTTEN_AT_ONCE)
    windows.forget(connection, since)


def _begin(connection: Connection) -> tuple[int, int]:
    """Begin a change: return its revision, and the number of windows ever opened."""
    number = feedback_state.c.revision
    connection.execute(update(feedback_state).values(revision=number + 1))
    query = select(number, feedback_state.c.windows)
    return tuple(connection.execute(query).one())


def _lock(connection: Connection) -> None:
    connection.execute(select(feedback_state.c.id).with_for_update())


def _by_cell(votes: Iterable[_Vote]) -> dict[Cell, Votes]:
    cells: dict[Cell, Votes] = {}
    for vote in votes:
        yes, no = cells.get(key := (vote.system, vote.type), (0, 0))
        cells[key] = Votes(yes + vote.accepted, no + (not vote.accepted))
    return cells


def _by_window(votes: Iterable[_Vote]) -> dict[int, Window]:
    changed: dict[int, Window] = {}
    for vote in votes:
        if vote.window is not None:
            _, judged, accepted = changed.get(vote.window, (vote.window, 0, 0))
            changed[vote.window] = Window(vote.window, judged + 1, accepted + vote.accepted)
    return changed
