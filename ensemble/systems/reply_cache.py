"""A cache on disk for the replies of chat endpoints, keyed by the whole request."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pydantic import JsonValue

from evaluation.config import CACHE

FILE = CACHE / "chat" / "replies.db"
"""The usual place; all rosters share it, as a key has the address and the whole request."""

MOST_REPLIES = 100_000
"""Replies in one file; beyond, those that were written first are dropped."""

_WAIT_S = 2.0
_DROP = "DELETE FROM replies WHERE rowid <= (SELECT MAX(rowid) FROM replies) - ?"
_TABLE = "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, body BLOB NOT NULL)"


class ReplyCache:
    """Bodies of answers by key, in a SQLite file that several processes may use.

    A file that cannot be read or written is an empty cache: it never fails a request.
    """

    def __init__(self, file: Path | None = None, most: int = MOST_REPLIES) -> None:
        self._file = file or FILE
        self._most = most

    def get(self, key: str) -> bytes | None:
        """Return the body that was kept under `key`, if there is one."""
        try:
            with self._opened() as connection:
                row = connection.execute("SELECT body FROM replies WHERE key = ?", [key]).fetchone()
        except (sqlite3.Error, OSError):
            return None
        return row[0] if row and isinstance(row[0], bytes) else None

    def put(self, key: str, body: bytes) -> None:
        """Keep `body` under `key`."""
        try:
            with self._opened() as connection, connection:
                connection.execute("INSERT OR REPLACE INTO replies VALUES (?, ?)", [key, body])
                connection.execute(_DROP, [self._most])
        except (sqlite3.Error, OSError):
            return

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        # A connection for each use: it is a fraction of a millisecond, and belongs to its thread.
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._file, timeout=_WAIT_S)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_TABLE)
            yield connection


def request_key(url: str, content: JsonValue, sample: int) -> str:
    """Return the key of a request: its address, its whole body, and which sample it is.

    The key of the API is not in it.
    """
    request = json.dumps([url, content, sample], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(request.encode("ascii")).hexdigest()
