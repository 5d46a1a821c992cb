"""The disk quota of an owner: bytes of the inputs and the results of all jobs that are kept.

Each job has its two numbers in its row, changed in the transactions that change the job, so that no
request walks over the disk and a killed process leaves no wrong count.
"""

from sqlalchemy import Connection, func, select, text

from evaluation.errors import ConsortError
from service.store.tables import jobs

_LOCK = 0x4A4F4253  # an arbitrary number: locks of other purposes have others


class QuotaError(ConsortError):
    """A job for which its owner has no room left."""

    code = "disk-quota-exceeded"


def lock(connection: Connection, owner: str) -> None:
    """Have other transactions that lock the same owner wait for the end of this one."""
    if connection.dialect.name == "postgresql":  # in SQLite only one transaction writes anyway
        statement = text("SELECT pg_advisory_xact_lock(:purpose, hashtext(:owner))")
        connection.execute(statement, {"purpose": _LOCK, "owner": owner})


def used(connection: Connection, owner: str) -> int:
    """Return the bytes of all jobs of an owner."""
    total = func.coalesce(func.sum(jobs.c.input_bytes + jobs.c.result_bytes), 0)
    return int(connection.execute(select(total).where(jobs.c.owner == owner)).scalar_one())


def check(connection: Connection, owner: str, more: int, most: int) -> None:
    """Check that `more` bytes fit; until the transaction ends, no other one takes this room.

    Raises:
        QuotaError: the jobs of the owner would have more than `most` bytes.
    """
    lock(connection, owner)
    if (taken := used(connection, owner)) + more > most:
        raise QuotaError(
            f"the job has {more} bytes, and the kept jobs of this owner {taken}; the limit is"
            f" {most} bytes in all (jobs_disk_bytes)"
        )
