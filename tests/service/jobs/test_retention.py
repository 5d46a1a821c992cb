"""Old jobs go with all that is theirs; what has not ended, or not long ago, stays."""

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from service.jobs import leases, queue, results, retention
from service.jobs.retention import AT_ONCE, Start
from service.store.database import Database
from service.store.tables import job_files, jobs
from tests.workers import Hire, order

DAY_S = 86_400.0


def submit(database: Database) -> str:
    return queue.submit(database, order(), "", None, 1000)[0].id


def age(database: Database, days: float, *ids: str) -> None:
    """Have jobs be as old as if all of it had happened so long ago."""
    columns = (jobs.c.created_at, jobs.c.started_at, jobs.c.finished_at)
    before = {column.name: column - days * DAY_S for column in columns}
    with database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.id.in_(ids)).values(before))


def due(database: Database, days: float) -> bool:
    return retention.due(database, days, Start.now(database))


def kept(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(jobs.c.id)).scalars())


def left(folder: Path, job: str, days: float) -> Path:
    """A folder of a job that nobody has touched for so long."""
    path = results.folder(folder, job, "token")
    results.prepare(path, {"a.txt": b"given"})
    moment = time.time() - days * DAY_S
    os.utime(path.parent, (moment, moment))
    return path.parent


def test_what_ended_long_ago_is_forgotten_with_its_files(database: Database) -> None:
    succeeded, failed, cancelled, queued, running, recent = (submit(database) for _ in range(6))
    for state, job in (("succeeded", succeeded), ("failed", failed)):
        held = leases.claim(database, 30)
        assert held.id == job
        assert leases.finish(database, job, held.leased_by, state, None)
    queue.cancel(database, cancelled, "")
    queue.cancel(database, recent, "")
    with database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.id == running).values(state="running"))
    age(database, 31, succeeded, failed, cancelled, queued, running)
    assert due(database, 30)
    retention.forget(database, 30, Start.now(database))
    assert kept(database) == {queued, running, recent}
    assert not due(database, 30)
    with database.read() as connection:
        given = set(connection.execute(select(job_files.c.job)).scalars())
    assert given == {queued, running, recent}


def test_what_waited_long_and_has_just_ended_stays(database: Database) -> None:
    job = submit(database)
    age(database, 31, job)
    queue.cancel(database, job, "")
    assert not due(database, 30)
    retention.forget(database, 30, Start.now(database))
    assert kept(database) == {job}


def test_what_is_done_again_after_long_stays(database: Database) -> None:
    job = submit(database)
    queue.cancel(database, job, "")
    age(database, 31, job)
    queue.retry(database, job, "")
    retention.forget(database, 30, Start.now(database))
    assert kept(database) == {job}


def test_many_go_some_at_a_time(database: Database) -> None:
    ids = [submit(database) for _ in range(AT_ONCE + 1)]
    for job in ids:
        queue.cancel(database, job, "")
    age(database, 2, *ids)
    retention.forget(database, 1, Start.now(database))
    assert len(kept(database)) == 1
    assert due(database, 1)


def test_a_folder_goes_after_its_job_unless_it_was_touched_or_is_no_jobs(
    database: Database, tmp_path: Path
) -> None:
    here, gone, recent = submit(database), "a" * 32, "b" * 32
    folders = [left(tmp_path, name, 31) for name in (here, gone, "notes")]
    folders.append(left(tmp_path, recent, 29))
    retention.sweep(database, results.place(tmp_path), 30, Start.now(database))
    assert [path.name for path in folders if path.exists()] == [here, "notes", recent]
    retention.sweep(database, tmp_path / "nowhere", 30, Start.now(database))


def test_an_idle_worker_tidies_up(database: Database, hire: Hire, tmp_path: Path) -> None:
    old, recent = submit(database), submit(database)
    for job in (old, recent):
        queue.cancel(database, job, "")
    age(database, 31, old)
    folders = [left(tmp_path / "state", job, 31) for job in (old, recent, "c" * 32)]
    hire(job_days=30)
    end = time.monotonic() + 30
    while sum(path.exists() for path in folders) > 1 and time.monotonic() < end:
        time.sleep(0.05)
    assert [path.exists() for path in folders] == [False, True, False]
    assert kept(database) == {recent}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_nothing_is_old_nobody_is_kept_from_writing(database: Database) -> None:
    submit(database)
    with database.write() as connection:
        connection.execute(select(func.count()).select_from(jobs))
        assert not due(database, 30)
