"""The database: SQLite in a file or PostgreSQL by URL, opened so that what is said is kept."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_MIGRATIONS = Path(__file__).parent / "migrations"
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
_MIGRATION_LOCK = 0x434F4E53  # any number that every Consort agrees on
_PATIENCE_S = 5
_AT_ONCE = 8  # threads, of which each holds one connection at most
_LOCKED_S = 10
_TURN_S = 0.01
# Where no packet comes back, the system would ask for minutes. A URL may say otherwise.
_GIVING_UP = {
    "connect_timeout": 3, "tcp_user_timeout": 5000, "keepalives_idle": 5,
    "keepalives_interval": 1, "keepalives_count": 3,
}  # fmt: skip

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class StoreError(ValueError):
    """A database that cannot be used; the message names it, without its password."""


class Database:
    """The database at a URL, `sqlite:////folder/file.db` or `postgresql://user@host/name`.

    Its methods block, and so does what uses them: on the event loop, `ask` for it.
    """

    def __init__(self, url: str) -> None:
        """Open no connection yet.

        Raises:
            StoreError: the URL names neither SQLite nor PostgreSQL.
            ImportError: it names PostgreSQL, and the extra `postgres` is not installed.
        """
        self.url = _with_driver(url)
        self.engine = _engine(self.url)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="database")
        self._begun: set[Future[Any]] = set()

    @property
    def name(self) -> str:
        """The URL as it may be shown."""
        return self.url.render_as_string(hide_password=True)

    def begin(
        self, work: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Future[Answer]:
        """Have `work` done in a thread of the database's own, and return what to wait for.

        Threads that others need too would all wait for a database that does not answer.
        """
        begun = self._threads.submit(work, *args, **kwargs)
        self._begun.add(begun)
        begun.add_done_callback(self._begun.discard)
        return begun

    async def ask(
        self, work: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Answer:
        """Return what `work` returns, which is begun only while somebody waits for it.

        Raises:
            PoolTimeout: it took longer than anybody should wait; it may still be done.
        """
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await asyncio.wrap_future(self.begin(work, *args, **kwargs))
        except TimeoutError:
            raise PoolTimeout(f"{self.name} did not answer for {_PATIENCE_S} s") from None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Hold a transaction: all of it is on disk when the context ends, or none after an error.

        In SQLite it is alone from its first statement on, so that what it reads stays true.
        """
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Hold a connection that only looks, and keeps nobody from writing."""
        with self.engine.execution_options(reading=True).connect() as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the tables up to date, one process at a time; all of it or nothing.

        Raises:
            StoreError: the database cannot be reached or is not one of ours.
        """
        from alembic import command
        from alembic.config import Config
        from alembic.util.exc import CommandError

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        try:
            with self.write() as connection:
                if self.url.get_backend_name() == "postgresql":
                    lock = text("SELECT pg_advisory_xact_lock(:key)")
                    connection.execute(lock, {"key": _MIGRATION_LOCK})
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except (SQLAlchemyError, CommandError) as error:
            raise StoreError(f"{self.name}: {error}") from error

    def close(self) -> None:
        """Close all connections when what has begun has ended, or a few seconds later."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        wait(set(self._begun), _PATIENCE_S)
        self.engine.dispose()


def _with_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the database is no URL, as sqlite:///consort.db is") from None
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise StoreError(f"the database is sqlite:// or postgresql://, not {backend}://")
    return parsed.set(drivername=_DRIVERS[backend])


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _LOCKED_S})
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin)
        return engine
    giving_up = {name: value for name, value in _GIVING_UP.items() if name not in url.query}
    try:
        return create_engine(url, pool_pre_ping=True, connect_args=giving_up)
    except ModuleNotFoundError as error:
        raise ImportError("PostgreSQL needs the extra: pip install 'consort[postgres]'") from error


def _durable(connection: Any, _: object) -> None:  # noqa: ANN401 - of whichever driver it is
    # The driver must not begin transactions by itself: it would do so only at the first change.
    connection.isolation_level = None
    _set_journal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _set_journal(connection: Any) -> None:  # noqa: ANN401
    """Wait for others by ourselves: where they change the journal too, SQLite does not."""
    until = time.monotonic() + _LOCKED_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(_TURN_S)


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
