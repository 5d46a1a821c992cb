"""The database: SQLite in a file or PostgreSQL by URL, opened so that what is said is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

_MIGRATIONS = Path(__file__).parent / "migrations"
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
_WAIT_S = 10
_MIGRATION_LOCK = 0x434F4E53  # any number that every Consort agrees on


class StoreError(ValueError):
    """A database that cannot be used; the message names it, without its password."""


class Database:
    """The database at a URL, `sqlite:////folder/file.db` or `postgresql://user@host/name`.

    Its methods block: call them from a thread, never on the event loop.
    """

    def __init__(self, url: str) -> None:
        """Open no connection yet.

        Raises:
            StoreError: the URL names neither SQLite nor PostgreSQL.
            ImportError: it names PostgreSQL, and the extra `postgres` is not installed.
        """
        self.url = _with_driver(url)
        self.engine = _engine(self.url)

    @property
    def name(self) -> str:
        """The URL as it may be shown."""
        return self.url.render_as_string(hide_password=True)

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
        """Close all connections."""
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
        engine = create_engine(url, connect_args={"timeout": _WAIT_S})
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin)
        return engine
    try:
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": _WAIT_S})
    except ModuleNotFoundError as error:
        raise ImportError("PostgreSQL needs the extra: pip install 'consort[postgres]'") from error


def _durable(connection: Any, _: object) -> None:  # noqa: ANN401 - of whichever driver it is
    # The driver must not begin transactions by itself: it would do so only at the first change.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
