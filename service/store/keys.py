"""Who may do what: keys that are made once, kept as digests, and checked in memory.

A key is `consort_ID_SECRET`. What is kept of the secret is its SHA-256: it is 256 random bits, so
that there is nothing to guess from a digest, and the salt and the slowness that passwords need
would only slow down every request.

Requests are checked against what was last read, which a task reads anew every `poll_s`: a key
revoked elsewhere works for that long at most. While the database is down the keys last read stay
valid (until they expire), and combining goes on.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import insert, select, update

from service.store.database import Database
from service.store.polling import Poll
from service.store.tables import keys as table

Scope = Literal["read", "combine", "train", "admin"]
"""What a key may be for; none includes another."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

_DAY_S = 86400.0
_PREFIX = "consort"
_LONGEST_NAME = 64
_LONGEST_DAYS = 36500


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; times are in seconds since 1970."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    digest: str

    def valid(self, now: float) -> bool:
        """Whether it opens anything at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def shown(self) -> dict[str, object]:
        """Return what may be seen of it: all but its digest."""
        return {name: value for name, value in asdict(self).items() if name != "digest"}


def create(
    database: Database, name: str, scopes: Collection[str], days: float | None
) -> tuple[Key, str]:
    """Make a key that lasts so many `days`, or until it is revoked; return it and its text.

    The text is kept nowhere: whoever loses it needs another key.

    Raises:
        ValueError: no name or scope, an unknown one, or days that are none.
    """
    _check(name, scopes, days)
    number, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    text = f"{_PREFIX}_{number}_{secret}"
    now = time.time()
    granted = tuple(scope for scope in SCOPES if scope in scopes)
    expires = None if days is None else now + days * _DAY_S
    key = Key(number, name, granted, now, expires, None, _digest(text))
    row = {field: getattr(key, field) for field in Key.__slots__} | {"scopes": list(granted)}
    with database.write() as connection:
        connection.execute(insert(table).values(row))
    return key, text


def every(database: Database) -> list[Key]:
    """Return all keys there are or were, the oldest first."""
    with database.read() as connection:
        rows = connection.execute(select(table).order_by(table.c.created_at, table.c.id))
        return [Key(**{**row._mapping, "scopes": tuple(row.scopes)}) for row in rows]


def revoke(database: Database, number: str) -> bool:
    """Make the key with this id open nothing any more; whether there is one."""
    now = time.time()
    change = update(table).where(table.c.id == number, table.c.revoked_at.is_(None))
    with database.write() as connection:
        connection.execute(change.values(revoked_at=now))
        return bool(connection.execute(select(table.c.id).where(table.c.id == number)).first())


def _check(name: str, scopes: Collection[str], days: float | None) -> None:
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a key's name has 1 to {_LONGEST_NAME} printable characters")
    if unknown := set(scopes) - set(SCOPES):
        raise ValueError(f"no scope {min(unknown)!r}; there are {', '.join(SCOPES)}")
    if not scopes:
        raise ValueError(f"a key needs a scope: {', '.join(SCOPES)}")
    if days is not None and not 0 < days <= _LONGEST_DAYS:
        raise ValueError(f"a key lasts more than 0 days and at most {_LONGEST_DAYS}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


class Unread(Exception):  # noqa: N818 - a state, not a fault
    """No keys have been read from the database yet, so that nobody can be told from nobody."""


class Ring:
    """The keys as last read; `start` keeps them fresh."""

    def __init__(self, database: Database, poll_s: float) -> None:
        self._database = database
        self._poll = Poll(self.refresh, poll_s)
        self._one_at_a_time = asyncio.Lock()
        self._known: Mapping[str, Key] | None = None

    async def start(self) -> None:
        """Begin to read them, again and again."""
        self._poll.start()

    async def stop(self) -> None:
        """Read them no more."""
        await self._poll.stop()

    async def refresh(self) -> None:
        """Read them now, and after whoever reads them already: what is known grows no older.

        Raises:
            SQLAlchemyError: the database cannot be used; what was known stays known.
        """
        async with self._one_at_a_time:
            found = await self._database.ask(every, self._database)
            self._known = {key.id: key for key in found}

    def holder(self, text: str) -> Key | None:
        """Return the key that `text` is, unless it opens nothing.

        Raises:
            Unread: none have been read yet.
        """
        if self._known is None:
            raise Unread
        prefix, _, rest = text.partition("_")
        key = self._known.get(rest.partition("_")[0]) if prefix == _PREFIX else None
        if key is None or not hmac.compare_digest(key.digest, _digest(text)):
            return None
        return key if key.valid(time.time()) else None
