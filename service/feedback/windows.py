"""Windows of drift in the database: running counts of consecutive judged edits of each system.

A system's verdicts fill its newest window until `WINDOW` are counted in it, then the next. A
retracted verdict is subtracted from the window it was counted in. If that is the newest one,
later verdicts take its place; an earlier window stays incomplete and is not tested any more. The
order of all other verdicts stays as it was, so retracting moves none of them to another window.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from service.feedback.competence import MOST_SYSTEMS
from service.feedback.drift import WINDOW, Block
from service.store.tables import feedback_windows

MOST_WINDOWS = 100
"""The newest windows of a system that are kept, and tested: 5,000 judged edits."""


class Window(NamedTuple):
    """A window of `feedback_windows`."""

    id: int
    judged: int
    accepted: int


class Filling:
    """Assigns verdicts to windows in their order: first to the newest ones, then to new ones."""

    def __init__(self, newest: Mapping[str, Window], opened: int) -> None:
        self.opened = opened
        """Windows ever opened, over all systems; the ids of new ones follow."""
        self.changed: dict[int, tuple[str, Window]] = {}
        """The system and the counts of each window that verdicts were assigned to, by id."""
        self._newest = dict(newest)

    def assign(self, system: str, accepted: bool) -> int:
        """Count a verdict; return the id of its window."""
        window = self._newest.get(system)
        if window is None or window.judged >= WINDOW:
            self.opened += 1
            window = Window(self.opened, 0, 0)
        window = Window(window.id, window.judged + 1, window.accepted + accepted)
        self._newest[system] = window
        self.changed[window.id] = system, window
        return window.id


def filling(connection: Connection, systems: Iterable[str], opened: int) -> Filling:
    """Return the assignment of verdicts on `systems`, after `opened` windows over all systems."""
    columns = feedback_windows.c
    newest = select(func.max(columns.id)).where(columns.system.in_(systems))
    query = select(columns.system, columns.id, columns.judged, columns.accepted).where(
        columns.id.in_(newest.group_by(columns.system))
    )
    return Filling({row[0]: Window(*row[1:]) for row in connection.execute(query)}, opened)


def save(connection: Connection, filled: Filling, opened: int, day: int) -> None:
    """Store the assignment of verdicts on `day`, then remove windows beyond the limits.

    Args:
        connection: of the transaction that adds the verdicts.
        filled: the assignment, after all verdicts.
        opened: windows ever opened before it.
        day: since 1970.
    """
    new: list[dict[str, object]] = []
    for id_, (system, window) in filled.changed.items():
        counts = {"judged": window.judged, "accepted": window.accepted, "day": day}
        if id_ > opened:
            new.append({"id": id_, "system": system, **counts})
        else:
            _update(connection, id_, counts)
    if new:
        connection.execute(insert(feedback_windows), new)
        _remove_oldest(connection, {system for system, _ in filled.changed.values()})
        _remove_least_judged(connection)


def subtract(connection: Connection, removed: Mapping[int, Window]) -> None:
    """Subtract verdicts from windows by id; those removed meanwhile are left out."""
    columns = feedback_windows.c
    for id_, window in removed.items():
        counts = {
            "judged": columns.judged - window.judged,
            "accepted": columns.accepted - window.accepted,
        }
        _update(connection, id_, counts)


def blocks(connection: Connection) -> dict[str, list[Block]]:
    """Return the windows of each system in the order of arrival; the last may be incomplete."""
    columns = feedback_windows.c
    query = select(columns.system, columns.judged, columns.accepted).order_by(columns.id)
    windows: dict[str, list[Block]] = {}
    for system, *counts in connection.execute(query):
        windows.setdefault(system, []).append(Block(*counts))
    return windows


def forget(connection: Connection, since: int) -> None:
    """Delete the windows whose verdicts are all from days before `since`."""
    connection.execute(delete(feedback_windows).where(feedback_windows.c.day < since))


def _update(connection: Connection, id_: int, counts: Mapping[str, object]) -> None:
    query = update(feedback_windows).where(feedback_windows.c.id == id_)
    connection.execute(query.values(**counts))


def _remove_oldest(connection: Connection, systems: Iterable[str]) -> None:
    columns = feedback_windows.c
    age = func.row_number().over(partition_by=columns.system, order_by=columns.id.desc())
    aged = select(columns.id, age.label("age")).where(columns.system.in_(systems)).subquery()
    old = select(aged.c.id).where(aged.c.age > MOST_WINDOWS)
    connection.execute(delete(feedback_windows).where(columns.id.in_(old)))


def _remove_least_judged(connection: Connection) -> None:
    """Keep the systems with the most judged edits, and of equal ones the first by name."""
    columns = feedback_windows.c
    judged = func.sum(columns.judged)
    query = select(columns.system).group_by(columns.system)
    surplus: Sequence[str] = (
        connection.execute(query.order_by(judged.desc(), columns.system).offset(MOST_SYSTEMS))
        .scalars()
        .all()
    )
    if surplus:
        connection.execute(delete(feedback_windows).where(columns.system.in_(surplus)))
