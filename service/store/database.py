"""The database: SQLite in a file or PostgreSQL by URL, with durable transactions."""

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

from evaluation.errors import ConfigError

_MIGRATIONS = Path(__file__).parent / "migrations"
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
_MIGRATION_LOCK = 0x434F4E53  # the same arbitrary number in every version of Consort
_TIMEOUT_S = 5
_THREADS = 8  # threads; each uses one connection at most
_LOCKED_S = 10
_INTERVAL_S = 0.01
# Without these, a connection without replies would hang for minutes. A URL overrides them.
_TIMEOUTS = {
    "connect_timeout": 3, "tcp_user_timeout": 5000, "keepalives_idle": 5,
    "keepalives_interval": 1, "keepalives_count": 3,
}  # fmt: skip

Params = ParamSpec("Params")
Result = TypeVar("Result")


class StoreError(ConfigError):
    """A database that cannot be used; the message names it, without its password."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "invalid-database")


class Database:
    """The database at a URL, `sqlite:////folder/file.db` or `postgresql://user@host/name`.

    Its methods block, and so do functions that use them: on the event loop, call `ask`.
    """

    def __init__(self, url: str) -> None:
        """Check the URL; no connection is opened yet.

        Raises:
            StoreError: the URL names neither SQLite nor PostgreSQL.
            ImportError: it names PostgreSQL, and the extra `postgres` is missing.
        """
        self.url = _with_driver(url)
        self.engine = _engine(self.url)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="database")
        self._running: set[Future[Any]] = set()

    @property
    def name(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    def begin(
        self, work: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Future[Result]:
        """Run `work` in one of the database's own threads, and return its future.

        In a shared pool, a database that does not answer would block all threads.
        """
        future = self._threads.submit(work, *args, **kwargs)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return future

    async def ask(
        self, work: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """Return the result of `work`, which is not started if its caller has been cancelled.

        Raises:
            PoolTimeout: it took longer than 5 s; it may still be completed.
        """
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                return await asyncio.wrap_future(self.begin(work, *args, **kwargs))
        except TimeoutError:
            raise PoolTimeout(f"{self.name} did not answer for {_TIMEOUT_S} s") from None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction: committed to disk when the context ends, rolled back on an error.

        In SQLite no other transaction writes while it is open, so that its reads stay valid.
        """
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection for reading only; it does not block writers."""
        with self.engine.execution_options(reading=True).connect() as connection:
            yield connection

    def migrate(self) -> None:
        """Migrate the tables, one process at a time, in one transaction.

        Raises:
            StoreError: the database cannot be reached, or is not one of Consort.
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
        """Close all connections when running work has ended, or after 5 s."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        wait(set(self._running), _TIMEOUT_S)
        self.engine.dispose()


def _with_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the database is not a URL such as sqlite:///consort.db") from None
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise StoreError(f"the database must be sqlite:// or postgresql://, not {backend}://")
    return parsed.set(drivername=_DRIVERS[backend])


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _LOCKED_S})
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin)
        return engine
    timeouts = {name: value for name, value in _TIMEOUTS.items() if name not in url.query}
    try:
        return create_engine(url, pool_pre_ping=True, connect_args=timeouts)
    except ModuleNotFoundError as error:
        raise ImportError("PostgreSQL needs the extra: pip install 'consort[postgres]'") from error


def _durable(connection: Any, _: object) -> None:  # noqa: ANN401 - a connection of either driver
    # Otherwise the driver begins transactions itself, and only at the first change.
    connection.isolation_level = None
    _set_journal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _set_journal(connection: Any) -> None:  # noqa: ANN401
    """Retry while locked: SQLite does not wait if two processes change the journal mode."""
    deadline = time.monotonic() + _LOCKED_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_INTERVAL_S)


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
