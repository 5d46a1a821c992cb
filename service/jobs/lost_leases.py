"""Takes back the leases of lost workers: those left unrenewed while this process watched.

No clock that can be set decides on a lease. Each process watches the `revision` of every running
job, which a renewal changes, and measures by its own monotonic clock how long it stays the same.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from service.jobs import leases, results
from service.store.database import Database
from service.store.tables import jobs


class Lease(NamedTuple):
    """A lease as it was seen: any renewal changes `revision`."""

    job: str
    token: str
    revision: int
    lease_s: float


class LostLeases:
    """Leases that one process watches; `clock` returns seconds that only ever increase."""

    def __init__(
        self, database: Database, attempts: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._attempts = attempts
        self._clock = clock
        self._since: dict[Lease, float] = {}

    def take_back(self) -> list[Lease]:
        """Queue the jobs again whose lease has expired; return these leases.

        A job that was asked to be cancelled is cancelled, and one that had all its attempts failed.
        """
        return [lease for lease in self._expired() if self._take_back(lease)]

    def _expired(self) -> list[Lease]:
        # The time before this look and the time after the first one: never longer than it was.
        now, seen = self._clock(), self._since
        self._since = {}  # where the database does not answer, no worker could renew its lease
        held = self._held()
        after = self._clock()
        self._since = {lease: seen.get(lease, after) for lease in held}
        return [lease for lease in held if now - self._since[lease] > lease.lease_s]

    def _held(self) -> list[Lease]:
        columns = jobs.c.id, jobs.c.leased_by, jobs.c.revision, jobs.c.lease_s
        query = select(*columns).where(jobs.c.state == "running")
        with self._database.read() as connection:
            return [Lease(*row) for row in connection.execute(query)]

    def _take_back(self, lease: Lease) -> bool:
        job, token, revision, _ = lease
        return leases.take_back(self._database, job, token, revision, self._attempts)


def discard(state: Path, lost: Iterable[Lease]) -> None:
    """Remove the folders of lost attempts."""
    for lease in lost:
        results.discard(results.folder(state, lease.job, lease.token))
