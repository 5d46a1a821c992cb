"""Jobs whose worker is killed, whose database goes away, whose disk is full."""

import random
import time
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from service.jobs import leases, queue
from service.store.database import Database
from tests.killing import count_done, kill, tally, wait_for_all
from tests.postgres import Server
from tests.workers import hiring, order


def test_killed_workers_lose_nothing_and_do_nothing_twice(
    database: Database, tmp_path: Path
) -> None:
    found = kill(database, tmp_path / "state", 3, random.Random(1))
    assert found.jobs == 6
    assert (found.lost, found.twice, found.torn) == (0, 0, 0)


def test_the_database_is_stopped_while_a_job_runs(postgres: Server, tmp_path: Path) -> None:
    database = Database(postgres.url("stopped"))
    database.migrate()
    count_done(database)
    url = database.url.render_as_string(hide_password=False)
    job, _ = queue.submit(database, order(seconds=1.0), "", None, 10)
    with hiring(url, tmp_path / "state") as hire:
        hire()
        while queue.find(database, job.id, "").state != "running":
            time.sleep(0.05)
        postgres.stop()
        try:
            with pytest.raises(OperationalError):
                queue.submit(database, order(), "", None, 10)
            time.sleep(1.5)  # the work ends meanwhile, and nobody can be told
        finally:
            postgres.start()
        wait_for_all(database)
    found = tally(database, tmp_path / "state", 0, [(job.id, "text\n")])
    assert (found.lost, found.twice, found.torn, found.attempts) == (0, 0, 0, 1)
    database.close()


def test_a_full_disk_takes_no_job_half(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'consort.db'}")
    database.migrate()
    pages: list[int] = [60]
    limit = lambda connection, *_: connection.execute(  # noqa: E731
        f"PRAGMA max_page_count={pages[0]}"
    )
    database.close()
    event.listen(database.engine, "connect", limit)
    large = queue.Order("combine", {}, {"a.txt": b"x" * 500_000})
    with pytest.raises(OperationalError, match="full"):
        queue.submit(database, large, "", None, 10)
    assert queue.page(database, "", 10) == []
    assert not leases.waiting(database)
    pages[0] = 10_000
    database.close()
    job, _ = queue.submit(database, large, "", None, 10)
    assert leases.files(database, job.id) == large.files
    database.close()
