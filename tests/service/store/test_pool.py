"""Pools of the database: what nobody waits for ends, whole, and never stops other purposes."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.store.call import Call
from service.store.database import Database
from service.store.pool import MOST_WAITING, Pool
from service.store.tables import combiners
from tests.postgres import Server
from tests.waiting import until, wait_until

ROW = {
    "name": "a", "version": 1, "kind": "edits", "digest": "d", "signature": "s",
    "manifest": {}, "created_at": 1.5,
}  # fmt: skip
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e12) "
    "SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(3600)",
}
ACTIVE = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ~ '^SELECT pg_sl'"
PROCESS = "SELECT pg_backend_pid()"
SHORT_S = 0.1


@pytest.fixture
def short() -> Iterator[Pool]:
    """A pool whose callers wait for a tenth of a second."""
    pool = Pool("short", 2, SHORT_S)
    yield pool
    pool.stop()


@pytest.fixture
def on_server(postgres: Server) -> Iterator[Database]:
    """A database of PostgreSQL with all tables, empty."""
    database = Database(postgres.url(f"t{uuid4().hex}"))
    database.migrate()
    yield database
    database.close()


def written(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(combiners)).scalar_one()


def run_endless(connection: Connection) -> None:
    connection.execute(text(ENDLESS[connection.dialect.name]))


def writing(database: Database, last: Callable[[Connection], object]) -> Callable[[], None]:
    """Return work that writes a row, and calls `last` before it is committed."""

    def work() -> None:
        with database.write() as connection:
            connection.execute(insert(combiners).values(ROW))
            last(connection)

    return work


def select_forever(connection: Connection) -> None:
    while True:
        connection.execute(select(1))


@pytest.mark.parametrize("last", [run_endless, select_forever])
def test_work_ends_at_the_deadline_and_writes_nothing(
    database: Database, short: Pool, caplog: pytest.LogCaptureFixture, last: Callable
) -> None:
    async def scenario() -> None:
        calls = [short.ask(writing(database, last)) for _ in range(short.threads + 1)]
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(error) for error in errors} == {PoolTimeout}
        await until(lambda: not short._unfinished)

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert short.begin(lambda: written(database)).result() == 0
    assert caplog.messages == []


def test_other_purposes_answer_while_one_is_blocked_and_a_caller_that_leaves_ends_its_work(
    database: Database,
) -> None:
    running = threading.Semaphore(0)

    def work() -> None:
        with database.read() as connection:
            running.release()
            run_endless(connection)

    async def scenario() -> None:
        blocked = database.feedback
        calls = [asyncio.create_task(blocked.ask(work)) for _ in range(blocked.threads)]
        for _ in calls:
            await asyncio.to_thread(running.acquire)
        for pool in (database.jobs, database.keys, database.registry):
            assert await pool.ask(written, database) == 0
        assert not any(call.done() for call in calls)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        await until(lambda: not blocked._unfinished)

    asyncio.run(scenario())


def answer(database: Database, query: str) -> object:
    with database.read() as connection:
        return connection.execute(text(query)).scalar_one()


def test_the_server_ends_the_statement_too(on_server: Database, short: Pool) -> None:
    with pytest.raises(PoolTimeout):
        asyncio.run(short.ask(answer, on_server, ENDLESS["postgresql"]))
    wait_until(lambda: answer(on_server, ACTIVE) == 0)


def test_other_connections_survive_one_that_is_cut_off(on_server: Database, short: Pool) -> None:
    with on_server.read() as connection:
        before = connection.execute(text(PROCESS)).scalar_one()
        with pytest.raises(PoolTimeout):
            asyncio.run(short.ask(answer, on_server, ENDLESS["postgresql"]))
        wait_until(lambda: not short._unfinished)
    with on_server.read():  # of the two connections in the pool, the one that was cut off
        assert answer(on_server, PROCESS) == before


def test_work_that_waits_for_a_lock_ends_while_the_lock_is_held(
    database: Database, short: Pool
) -> None:
    with database.write() as connection:
        connection.execute(insert(combiners).values(ROW))
        with pytest.raises(PoolTimeout):
            asyncio.run(short.ask(writing(database, lambda _: None)))
        wait_until(lambda: not short._unfinished, timeout_s=8)  # SQLite would wait for 10 s
    assert written(database) == 1


def test_a_server_that_hangs_keeps_no_thread(
    postgres: Server, on_server: Database, short: Pool
) -> None:
    postgres.freeze()
    try:
        with pytest.raises(PoolTimeout):
            asyncio.run(short.ask(written, on_server))
        wait_until(lambda: not short._unfinished)
    finally:
        postgres.thaw()
    assert written(on_server) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(rows=st.integers(1, 4), after=st.integers(0, 5))
def test_a_transaction_that_is_given_up_is_written_whole_or_not_at_all(
    database: Database, rows: int, after: int
) -> None:
    def work() -> None:
        with database.write() as connection:
            for version in range(rows):
                if version == after:
                    call.give_up()
                connection.execute(insert(combiners).values({**ROW, "version": version}))
                assert version < after, "a statement began after the caller had given up"
            if after == rows:
                call.give_up()  # between the last statement and the commit

    call = Call(work)
    try:
        call.run()
        assert after > rows
    except SQLAlchemyError:
        assert after <= rows
    assert written(database) == (rows if after > rows else 0)
    with database.write() as connection:
        connection.execute(delete(combiners))


def test_a_migration_is_not_cut_off(database_url: str) -> None:
    database = Database(database_url, deadline_s=0.0)
    database.migrations.begin(database.migrate).result()
    with pytest.raises(PoolTimeout):
        asyncio.run(database.jobs.ask(writing(database, run_endless)))
    assert written(database) == 0
    database.close()


def test_too_many_callers_are_refused_at_once_and_work_without_caller_is_not_begun() -> None:
    pool, released, begun = Pool("full", 2), threading.Event(), []

    async def scenario() -> None:
        blocked = [asyncio.create_task(pool.ask(released.wait)) for _ in range(pool.threads)]
        waiting = [asyncio.create_task(pool.ask(begun.append, i)) for i in range(MOST_WAITING)]
        await asyncio.sleep(0)  # all have asked
        with pytest.raises(PoolTimeout, match="callers wait"):
            await pool.ask(begun.append, "too many")
        for each in waiting[1:]:
            each.cancel()
        await asyncio.wait(waiting[1:])
        released.set()
        await asyncio.gather(*blocked, waiting[0])
        await until(lambda: not pool._unfinished)

    asyncio.run(scenario())
    assert begun == [0]
    pool.stop()


def test_an_error_of_the_work_is_that_of_the_caller() -> None:
    pool = Pool("wrong", 1)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(pool.ask(lambda: 1 // 0))
    pool.stop()
