"""The database: both kinds come up to date, keep what was written, and say what is wrong."""

import asyncio
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from service.store import database as store
from service.store.database import Database, StoreError
from service.store.tables import combiners, metadata
from tests.raising import raises_code
from tests.waiting import PATIENCE_S, wait_until

ROW = {
    "name": "a", "version": 1, "kind": "edits", "digest": "d", "signature": "s",
    "manifest": {"k": [1]}, "created_at": 1.5,
}  # fmt: skip


def test_migrations_end_at_the_tables(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(combiners).values(ROW))
    database.migrate()
    with database.read() as connection:
        assert dict(connection.execute(select(combiners)).one()._mapping) == ROW


def test_many_migrate_at_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    faults: list[BaseException] = []

    def migrate(database: Database) -> None:
        try:
            database.migrate()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=migrate, args=(each,)) for each in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in databases:
        each.close()
    assert faults == []


def test_an_error_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(combiners), [ROW, ROW])
    with database.read() as connection:
        assert connection.execute(select(combiners)).all() == []


def test_who_reads_keeps_nobody_from_writing(database: Database) -> None:
    with database.read() as reading:
        assert reading.execute(select(combiners)).all() == []
        with database.write() as writing:
            writing.execute(insert(combiners).values(ROW))


def test_what_nobody_waits_for_any_more_has_ended_when_it_is_closed(database: Database) -> None:
    begun, ended = threading.Event(), []

    def work() -> None:
        with database.read() as connection:
            begun.set()
            wait_until(lambda: database.jobs._executor._shutdown)  # being closed
            ended.append(connection.closed)

    async def scenario() -> None:
        asked = asyncio.create_task(database.jobs.ask(work))
        await asyncio.to_thread(begun.wait)
        asked.cancel()
        await asyncio.wait({asked})

    asyncio.run(scenario())
    pool = database.engine.pool
    database.close()
    assert ended == [False]
    assert pool.checkedin() == 0  # type: ignore[attr-defined]


def test_closing_does_not_wait_for_what_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_CLOSING_S", 0.05)
    database, answers = Database(f"sqlite:///{tmp_path / 'a.db'}"), threading.Event()
    hanging = [database.keys.begin(answers.wait) for _ in range(database.keys.threads)]
    waiting = database.keys.begin(str)
    database.close()
    assert not any(each.done() for each in hanging)
    assert waiting.cancelled()
    answers.set()


def test_all_threads_can_use_a_connection_at_the_same_time(database: Database) -> None:
    pools = database._pools
    together = threading.Barrier(sum(pool.threads for pool in pools), timeout=PATIENCE_S)

    def work() -> None:
        with database.read() as connection:
            connection.execute(select(combiners))
            together.wait()

    working = [pool.begin(work) for pool in pools for _ in range(pool.threads)]
    for each in working:
        each.result()
    assert database.engine.pool.checkedin() == together.parties  # type: ignore[attr-defined]


def test_sqlite_waits_for_the_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    database.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/name", ""])
def test_url_that_is_not_taken(url: str) -> None:
    with raises_code("invalid-database", StoreError):
        Database(url)


def test_a_password_is_not_shown() -> None:
    database = Database("postgresql://me:secret@127.0.0.1:1/name")
    with pytest.raises(StoreError) as caught:
        database.migrate()
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"not a database, but long enough to look like a header" * 9)
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with raises_code("invalid-database", StoreError):
        database.migrate()
    database.close()
