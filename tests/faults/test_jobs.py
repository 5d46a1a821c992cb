"""Jobs whose worker is killed, whose database goes away, whose disk is full."""

import random
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from service.jobs import queue
from service.store.database import Database
from tests.killing import Campaign, Work, count_ends, real, tally, wait_for_all
from tests.postgres import Server
from tests.waiting import wait_until
from tests.workers import STEPS, hiring, order


def test_killed_workers_lose_nothing_and_do_nothing_twice(
    database: Database, tmp_path: Path
) -> None:
    counts = Campaign(database, tmp_path / "state", random.Random(1)).run(2)
    assert counts.jobs == 4
    assert counts.faults == (0, 0, 0, 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_killed_training_has_the_results_of_an_undisturbed_run(
    database: Database, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    choose = real(database, state)
    counts = Campaign(database, state, random.Random(2), choose, longest_s=5.0).run(1)
    assert counts.faults == (0, 0, 0, 0)


def test_jobs_cancelled_while_they_write_end_once_and_leave_nothing(
    database: Database, tmp_path: Path
) -> None:
    counts = Campaign(database, tmp_path / "state", random.Random(3), cancel=True).run(2)
    assert counts.faults == (0, 0, 0, 0)


def test_clocks_set_a_day_forward_or_back_change_nothing(
    database: Database, tmp_path: Path
) -> None:
    counts = Campaign(database, tmp_path / "state", random.Random(4), clocks=True).run(2)
    assert counts.faults == (0, 0, 0, 0)


def is_written(state: Path) -> bool:
    """Whether the work of a job is done: its file is whole."""
    return any(path.read_text() == "text\n" * STEPS for path in state.rglob("out.txt"))


def test_the_database_is_stopped_while_a_job_runs(postgres: Server, tmp_path: Path) -> None:
    database = Database(postgres.url("stopped"))
    database.migrate()
    count_ends(database)
    url = database.url.render_as_string(hide_password=False)
    asked = order(seconds=1.0)
    job, _ = queue.submit(database, asked, "", None, 10)
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
    work = Work(asked, {"out.txt": b"text\n" * STEPS})
    counts = tally(database, tmp_path / "state", 0, {job.id: work})
    assert (counts.lost, counts.twice, counts.torn, counts.attempts) == (0, 0, 0, 1)
    database.close()
