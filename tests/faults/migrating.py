"""What is killed in `test_migrations`: a process that brings a database up to date when told."""

from multiprocessing.connection import Connection
from pathlib import Path

from alembic import command, config  # noqa: F401 - so that it is there before the process starts
from psycopg import pq  # noqa: F401
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite  # noqa: F401

from service.store import database


def migrate_when_told(url: str, migrations: Path, pipe: Connection) -> None:
    """Do so by the scripts in `migrations`; say each statement before it is made, and the end."""
    database._MIGRATIONS = migrations
    opened = database.Database(url)

    def say(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        pipe.send(statement.strip())

    event.listen(opened.engine, "before_cursor_execute", say)
    pipe.recv()
    opened.migrate()
    pipe.send("done")
