"""The counts of all owners and days in memory, kept current by the changes in the database."""

from collections.abc import Iterable
from itertools import count

import numpy as np

from service.feedback.competence import Array, Cell, Counts
from service.feedback.counts import OwnerDay

_EMPTY = np.zeros((0, 3), np.int64)


class Tallies:
    """The counts as of a revision; only owner-days that have changed are read again."""

    def __init__(self) -> None:
        self.revision = 0
        self._cells: dict[Cell, int] = {}
        self._owner_days: dict[tuple[int, str], Array] = {}  # [cells, 3]: index and two counts

    def update(self, changes: Iterable[OwnerDay]) -> None:
        """Replace the counts of owner-days that have changed; later changes come last."""
        for change in changes:
            # Sorted by name, since indices depend on the order of arrival.
            rows = [(self._index(cell), *votes) for cell, votes in sorted(change.cells.items())]
            key = change.day, change.owner
            if rows:
                self._owner_days[key] = np.array(rows, np.int64)
            else:
                self._owner_days.pop(key, None)
            self.revision = max(self.revision, change.revision)

    def counts(self, until: int) -> Counts:
        """Return the counts of all days up to `until`."""
        keys = sorted(key for key in self._owner_days if key[0] <= until)
        parts = [self._owner_days[key] for key in keys]
        cell, accepted, rejected = np.concatenate([_EMPTY, *parts]).T
        return Counts(
            cells=list(self._cells),
            days=np.array([day for day, _ in keys], np.int64),
            owner_day=np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
            cell=cell,
            accepted=accepted,
            rejected=rejected,
        )

    def forget(self, since: int) -> None:
        """Remove days before `since`, and cells that have no verdicts any more."""
        kept = {key: rows for key, rows in self._owner_days.items() if key[0] >= since}
        used = np.unique(np.concatenate([_EMPTY, *kept.values()])[:, 0])
        names = list(self._cells)
        self._cells = dict(zip((names[i] for i in used), count()))
        for rows in kept.values():
            rows[:, 0] = np.searchsorted(used, rows[:, 0])
        self._owner_days = kept

    def _index(self, cell: Cell) -> int:
        return self._cells.setdefault(cell, len(self._cells))
