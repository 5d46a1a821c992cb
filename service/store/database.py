"""The database: SQLite in a file or PostgreSQL by URL, with durable transactions."""

from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from evaluation.errors import ConfigError
from service.store.call import check
from service.store.connections import engine_of
from service.store.pool import DEADLINE_S, Pool

_MIGRATIONS = Path(__file__).parent / "migrations"
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
_MIGRATION_LOCK = 0x434F4E53  # the same arbitrary number in every version of Consort
_CLOSING_S = 5


class StoreError(ConfigError):
    """A database that cannot be used; the message names it, without its password."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "invalid-database")


class Database:
    """The database at a URL, `sqlite:////folder/file.db` or `postgresql://user@host/name`.

    Its methods block, and so do functions that use them. On the event loop, ask the pool of the
    purpose: `await database.jobs.ask(queue.find, database, job, owner)`.
    """

    def __init__(self, url: str, deadline_s: float = DEADLINE_S) -> None:
        """Check the URL; no connection is opened yet. Pools answer within `deadline_s` seconds.

        Raises:
            StoreError: the URL names neither SQLite nor PostgreSQL.
            ImportError: it names PostgreSQL, and the extra `postgres` is missing.
        """
        self.url = _with_driver(url)
        self.jobs = Pool("jobs", 4, deadline_s)
        self.keys = Pool("keys", 2, deadline_s)
        self.registry = Pool("registry", 2, deadline_s)
        self.feedback = Pool("feedback", 2, deadline_s)
        self.migrations = Pool("migrations", 1, deadline_s)
        self._pools = self.jobs, self.keys, self.registry, self.feedback, self.migrations
        self.engine = engine_of(self.url, sum(pool.threads for pool in self._pools))

    @property
    def name(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction: committed to disk when the context ends, rolled back on an error.

        In SQLite no other transaction writes while it is open, so that its reads stay valid.

        Raises:
            PoolTimeout: the caller in whose pool it is opened has given up; it is rolled back.
        """
        with self.engine.begin() as connection:
            yield connection
            check()

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
        running = [future for pool in self._pools for future in pool.stop()]
        wait(running, _CLOSING_S)
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
