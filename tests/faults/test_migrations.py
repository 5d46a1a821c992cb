"""`kill -9` while a database is brought up to date: it is as it was, or as it should be."""

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, insert, inspect, text

from service.store import database as store
from service.store.database import Database
from service.store.tables import keys
from tests.faults.migrating import migrate_when_told

ROUNDS = int(os.environ.get("KILL_ROUNDS", "4"))
PARTS = ("columns", "pk_constraint", "indexes", "unique_constraints", "foreign_keys",
         "check_constraints")  # fmt: skip
CHANGES = ("CREATE", "ALTER")
NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "next", "{head}"


def upgrade():
    op.add_column("keys", sa.Column("note", sa.String(64)))
    op.execute("UPDATE keys SET note = name")
    op.create_table("notes", sa.Column("key", sa.String(32), primary_key=True))
    op.execute("INSERT INTO notes SELECT id FROM keys")
    with op.batch_alter_table("keys") as keys:
        keys.alter_column("note", existing_type=sa.String(64), nullable=False)
    op.create_index("ix_keys_note", "keys", ["note"])
"""
KEYS = [
    {"id": str(i), "name": f"key {i}", "digest": str(i), "scopes": ["read"], "created_at": 0.0}
    for i in range(200)
]
FEEDBACK = {
    "feedback": [
        {"id": f"{i:032}", "received_at": 0.0, "day": i % 3, "owner": "", "retracted_at": None}
        for i in range(200)
    ],
    "feedback_edits": [
        {"feedback": f"{i:032}", "place": 0, "system": "a", "type": "text", "accepted": i % 2 == 0}
        for i in range(200)
    ],
}

Picture = dict[str, dict[str, object]]
Start = Callable[[], "Migration"]


class Migration:
    """A process that waits to migrate a database."""

    def __init__(self, context: ForkServerContext, url: str) -> None:
        self.pipe, theirs = context.Pipe()
        arguments = url, store._MIGRATIONS, theirs
        self.process: ForkServerProcess = context.Process(target=migrate_when_told, args=arguments)
        self.process.start()
        theirs.close()

    def begin(self) -> None:
        """Have it migrate."""
        self.pipe.send("now")

    def kill(self) -> None:
        """Kill it, if it has not ended."""
        self.process.kill()

    def said(self) -> list[str]:
        """Wait for its end, and return all that it said."""
        self.process.join()
        return list(_rest(self.pipe))


def _rest(pipe: Connection) -> Iterator[str]:
    with pipe, suppress(EOFError, ConnectionResetError):
        while True:
            yield pipe.recv()


@pytest.fixture
def start(processes: ForkServerContext, database_url: str) -> Start:
    return lambda: Migration(processes, database_url)


@pytest.fixture
def opened(database_url: str) -> Iterator[Database]:
    """A database without any tables."""
    database = Database(database_url)
    yield database
    database.close()


def picture(database: Database) -> Picture:
    """Return all that the database says of its tables, and all that is in them."""
    while _others(database):
        time.sleep(0.01)
    with database.read() as connection:
        seen = inspect(connection)
        found: Picture = {}
        for part in PARTS:
            of_all = getattr(seen, f"get_multi_{part}")()
            found[part] = {name: repr(what) for (_, name), what in of_all.items()}
        for name in seen.get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{name}"'))
            found.setdefault("rows", {})[name] = sorted(map(repr, rows))
        return found


def _others(database: Database) -> bool:
    """Return whether PostgreSQL still is busy with somebody; what is killed it notices late."""
    if database.url.get_backend_name() != "postgresql":
        return False
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with database.read() as connection:
        return connection.execute(text(others)).scalar_one() > 0


def wipe(database: Database) -> None:
    """Drop all tables."""
    found = MetaData()
    with database.write() as connection:
        found.reflect(connection)
        found.drop_all(connection)


def first_change(migration: Migration) -> str:
    """Have it migrate, and return the first statement that changes anything, as it is made."""
    migration.begin()
    while not (said := migration.pipe.recv()).startswith(CHANGES):
        pass
    return said


def duration(migration: Migration) -> float:
    """Return how many seconds it takes from its first change on, undisturbed."""
    first_change(migration)
    began = time.monotonic()
    while migration.pipe.recv() != "done":
        pass
    seconds = time.monotonic() - began
    migration.said()
    return seconds


def rounds(found: Counter[str]) -> Iterator[None]:
    """Yield `ROUNDS` times, and until a kill was found to fall amid what it should."""
    for number in range(10 * ROUNDS):
        if number >= ROUNDS and found["amid"]:
            return
        yield
    assert found["amid"]


def kill_over_and_over(database: Database, start: Start, prepare: Callable[[], None]) -> None:
    """Kill migrations of what `prepare` makes, from their first change to their end."""
    chance, found = random.Random(1), Counter[str]()
    prepare()
    before = picture(database)
    seconds = duration(start())
    after = picture(database)
    assert after != before
    for _ in rounds(found):
        prepare()
        killed = start()
        first = first_change(killed)
        time.sleep(chance.uniform(0, seconds))
        killed.kill()
        last = [first, *killed.said()][-1]
        left = picture(database)
        assert left in (before, after)
        found["whole" if left == after else "untouched"] += 1
        found["amid"] += last != "done"
        database.migrate()
        assert picture(database) == after
    print(f"{database.url.get_backend_name()}: {seconds:.3f} s undisturbed, kills {dict(found)}")


def test_killed_amid_the_first_migration(opened: Database, start: Start) -> None:
    kill_over_and_over(opened, start, lambda: wipe(opened))


def test_data_survive_a_kill_amid_an_upgrade(
    opened: Database, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store._MIGRATIONS
    both = tmp_path / "migrations"
    shutil.copytree(first, both)
    head = ScriptDirectory(str(first)).get_current_head()
    (both / "versions" / "next.py").write_text(NEXT.format(head=head))

    def prepare() -> None:
        wipe(opened)
        monkeypatch.setattr(store, "_MIGRATIONS", first)
        opened.migrate()
        with opened.write() as connection:
            connection.execute(insert(keys), KEYS)
        monkeypatch.setattr(store, "_MIGRATIONS", both)

    kill_over_and_over(opened, start, prepare)


def test_feedback_survives_a_kill_while_it_is_counted(
    opened: Database, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = store._MIGRATIONS
    first = tmp_path / "migrations"
    shutil.copytree(both, first, ignore=shutil.ignore_patterns("000[2-9]_*"))

    def prepare() -> None:
        wipe(opened)
        monkeypatch.setattr(store, "_MIGRATIONS", first)
        opened.migrate()
        with opened.write() as connection:
            for name, rows in FEEDBACK.items():
                table = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
                connection.execute(insert(table), rows)
        monkeypatch.setattr(store, "_MIGRATIONS", both)

    kill_over_and_over(opened, start, prepare)


def test_one_of_two_that_migrate_at_once_is_killed(opened: Database, start: Start) -> None:
    chance, found = random.Random(1), Counter[str]()
    seconds = duration(start())
    whole = picture(opened)
    for _ in rounds(found):
        wipe(opened)
        one, other = start(), start()
        for each in (one, other):
            each.begin()
        one.pipe.recv()
        time.sleep(chance.uniform(0, 2 * seconds))  # one works while the other waits for it
        one.kill()
        found["amid"] += "done" not in one.said()
        assert other.said()[-1] == "done"
        assert picture(opened) == whole
    print(f"{opened.url.get_backend_name()}: {found['amid']} kills amid a migration or its wait")


def test_two_migrate_at_once(opened: Database, start: Start) -> None:
    duration(start())
    whole = picture(opened)
    for _ in range(ROUNDS):
        wipe(opened)
        both = start(), start()
        for each in both:
            each.begin()
        assert [each.said()[-1] for each in both] == ["done", "done"]
        assert picture(opened) == whole
