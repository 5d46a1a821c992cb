"""API keys: created once, stored as digests, and checked in memory.

A key is `consort_ID_SECRET`. The database has its SHA-256 only: the secret is 256 random bits,
which cannot be guessed from a digest, so that the salt and slow hash of passwords would only slow
down every request.

Requests are checked against keys in memory, which a task reloads every `poll_s`: a key that another
process revoked works for that long at most. While the database is unavailable, the keys loaded last
stay valid until they expire, and combining goes on.
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

from evaluation.errors import ConsortError, InputError
from service.store.database import Database
from service.store.polling import PeriodicTask
from service.store.tables import keys as table

Scope = Literal["read", "combine", "train", "admin"]
"""A permission of a key; no scope includes another."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

_DAY_S = 86400.0
_PREFIX = "consort"
_LONGEST_NAME = 64
_LONGEST_DAYS = 36500


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret; times are in seconds since 1970."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    digest: str

    def valid(self, now: float) -> bool:
        """Whether the key can be used at the time `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def shown(self) -> dict[str, object]:
        """Return all fields but the digest."""
        return {name: value for name, value in asdict(self).items() if name != "digest"}


def create(
    database: Database, name: str, scopes: Collection[str], days: float | None
) -> tuple[Key, str]:
    """Create a key that expires after `days`, or never; return it and its text.

    The text is not stored: if it is lost, another key is needed.

    Raises:
        InputError: the name, the scopes or the days are not valid.
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
    """Return all keys, including expired and revoked ones, the oldest first."""
    with database.read() as connection:
        rows = connection.execute(select(table).order_by(table.c.created_at, table.c.id))
        return [Key(**{**row._mapping, "scopes": tuple(row.scopes)}) for row in rows]


def revoke(database: Database, number: str) -> bool:
    """Revoke the key with this id; return whether there is one."""
    now = time.time()
    change = update(table).where(table.c.id == number, table.c.revoked_at.is_(None))
    with database.write() as connection:
        connection.execute(change.values(revoked_at=now))
        return bool(connection.execute(select(table.c.id).where(table.c.id == number)).first())


def _check(name: str, scopes: Collection[str], days: float | None) -> None:
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        message = f"the name of a key has 1 to {_LONGEST_NAME} printable characters"
        raise InputError("out-of-range", message)
    if unknown := set(scopes) - set(SCOPES):
        message = f"no scope {min(unknown)!r}; available: {', '.join(SCOPES)}"
        raise InputError("unknown-name", message)
    if not scopes:
        raise InputError("missing-input", f"a key needs a scope: {', '.join(SCOPES)}")
    if days is not None and not 0 < days <= _LONGEST_DAYS:
        message = f"a key lasts more than 0 days and at most {_LONGEST_DAYS}"
        raise InputError("out-of-range", message)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


class KeysUnavailable(ConsortError):  # noqa: N818 - a state, not a fault
    """No keys have been loaded from the database yet, so that none can be checked."""

    code = "database-unavailable"


class KeyStore:
    """Keys in memory, as loaded last; after `start` they are reloaded regularly."""

    def __init__(self, database: Database, poll_s: float) -> None:
        self._database = database
        self._task = PeriodicTask(self.refresh, poll_s)
        self._lock = asyncio.Lock()
        self._keys: Mapping[str, Key] | None = None

    async def start(self) -> None:
        """Begin to reload the keys regularly."""
        self._task.start()

    async def stop(self) -> None:
        """Stop reloading the keys."""
        await self._task.stop()

    async def refresh(self) -> None:
        """Reload the keys; one reload at a time, so that a stale result never replaces a newer one.

        Raises:
            SQLAlchemyError: the database cannot be used; the keys in memory stay.
        """
        async with self._lock:
            keys = await self._database.keys.ask(every, self._database)
            self._keys = {key.id: key for key in keys}

    def holder(self, text: str) -> Key | None:
        """Return the valid key with this text, or `None`.

        Raises:
            KeysUnavailable: none have been loaded yet.
        """
        if self._keys is None:
            raise KeysUnavailable
        prefix, _, rest = text.partition("_")
        key = self._keys.get(rest.partition("_")[0]) if prefix == _PREFIX else None
        if key is None or not hmac.compare_digest(key.digest, _digest(text)):
            return None
        return key if key.valid(time.time()) else None
