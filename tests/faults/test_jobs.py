"""Jobs whose worker is killed, whose database goes away, whose disk is full."""

import random
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from service.jobs import queue
from service.store.database import Database
from tests.killing import count_done, kill, tally, wait_for_all
from tests.postgres import Server
from tests.waiting import wait_until
from tests.workers import STEPS, hiring, order


def test_killed_workers_lose_nothing_and_do_nothing_twice(
    database: Database, tmp_path: Path
) -> None:
    found = kill(database, tmp_path / "state", 3, random.Random(1))
    assert found.jobs == 6
    assert (found.lost, found.twice, found.torn) == (0, 0, 0)


def is_written(state: Path) -> bool:
    """Whether the work of a job is done: its file is whole."""
    return any(path.read_text() == "text\n" * STEPS for path in state.rglob("out.txt"))


def test_the_database_is_stopped_while_a_job_runs(postgres: Server, tmp_path: Path) -> None:
    database = Database(postgres.url("stopped"))
    database.migrate()
    count_done(database)
    url = database.url.render_as_string(hide_password=False)
    job, _ = queue.submit(database, order(seconds=1.0), "", None, 10)
    with hiring(url, tmp_path / "state") as hire:
        hire()
        wait_until(lambda: queue.find(database, job.id, "").state == "running")
        postgres.stop()
        try:
            with pytest.raises(OperationalError):
                queue.submit(database, order(), "", None, 10)
            # The work ends meanwhile, and nobody can be told.
            wait_until(lambda: is_written(tmp_path / "state"))
        finally:
            postgres.start()
        wait_for_all(database)
    found = tally(database, tmp_path / "state", 0, [(job.id, "text\n")])
    assert (found.lost, found.twice, found.torn, found.attempts) == (0, 0, 0, 1)
    database.close()
