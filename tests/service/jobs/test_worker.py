"""The worker: what becomes of jobs that end well, fail, die, are cancelled or let go of."""

import signal
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import DataError, OperationalError

from service.core.settings import Settings
from service.jobs import leases, queue, results
from service.jobs.child import Attempt
from service.jobs.job import ENDED, Job
from service.jobs.retention import Start
from service.jobs.worker import Worker
from service.store.database import Database
from tests.workers import STEPS, Hire, order

# What a worker does with the database is tested on both; what else it does, on the quicker one.
sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def submit(database: Database, **request: object) -> str:
    return queue.submit(database, order(**request), "", None, 100)[0].id


def wait(database: Database, job: str, *states: str) -> Job:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = queue.find(database, job, "")
        if found.state in (states or ENDED):
            return found
        time.sleep(0.05)
    raise AssertionError(f"still {found}")


def left(state: Path, job: Job) -> dict[str, str]:
    attempt = results.folder(state, job.id, job.result)
    return {
        file.name: results.find(attempt, file.name).read_text() for file in results.listing(attempt)
    }


def test_what_becomes_of_jobs(database: Database, hire: Hire, tmp_path: Path) -> None:
    hire(job_attempts=2)
    well, bad = submit(database), submit(database, fail="is no text")
    odd, dead = submit(database, unforeseen=True), submit(database, killed=True)
    full = submit(database, full=True, write="x" * 50)
    state = tmp_path / "state"
    assert left(state, wait(database, well)) == {"out.txt": "text\n" * STEPS}
    assert wait(database, bad).detail == "a.txt: is no text"
    assert "secret" not in wait(database, odd).detail
    assert "File too large" in wait(database, full).detail
    died = wait(database, dead)
    assert (died.state, died.attempts) == ("failed", 2)
    assert "signal 9" in died.detail
    kept = [path.name for path in (state / "jobs" / well).iterdir()]
    assert kept == [wait(database, well).result]
    assert [path.name for path in (state / "jobs" / well / kept[0]).iterdir()] == ["results"]
    assert not (state / "jobs" / bad).exists() or not any((state / "jobs" / bad).iterdir())


@sqlite
def test_a_job_is_cancelled_and_done_again(database: Database, hire: Hire, tmp_path: Path) -> None:
    hire()
    job = submit(database, seconds=1.5)
    wait(database, job, "running")
    queue.cancel(database, job, "")
    assert wait(database, job).state == "cancelled"
    queue.retry(database, job, "")
    assert left(tmp_path / "state", wait(database, job)) == {"out.txt": "text\n" * STEPS}


def test_a_worker_that_stops_lets_go_of_its_job(database: Database, hire: Hire) -> None:
    worker = hire(job_lease_s=600)
    job = submit(database, seconds=3)
    wait(database, job, "running")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    free = queue.find(database, job, "")
    assert (free.state, free.attempts) == ("queued", 0)


@sqlite
def test_a_worker_ends_with_whoever_started_it(database: Database, hire: Hire) -> None:
    worker = hire()
    worker.stdin.close()
    assert worker.wait(10) == 0


@sqlite
def test_progress_is_told(database: Database, hire: Hire) -> None:
    hire()
    job = submit(database, seconds=2)
    seen = set()
    while not (found := queue.find(database, job, "")).ended:
        seen.add((found.progress or {}).get("done"))
        time.sleep(0.05)
    assert len(seen) > 3
    assert found.progress["what"] == "Writing"


def test_a_reason_that_no_database_keeps_holds_up_no_other_job(
    database: Database, hire: Hire
) -> None:
    hire()
    odd, next_one = submit(database, fail="NUL \0, half a pair \ud83d"), submit(database)
    assert wait(database, odd).detail == r"a.txt: NUL \x00, half a pair \ud83d"
    assert wait(database, next_one).state == "succeeded"


def conclude(database: Database, state: Path, outcome: tuple[str, str | None]) -> tuple[Job, Path]:
    """Have a worker that is told to stop conclude a job; return it, and the folder."""
    submit(database)
    job = leases.claim(database, 30)
    attempt = Attempt(job.id, job.leased_by, job.kind, job.request, {}, state, None)
    results.prepare(attempt.folder, {})
    worker = Worker(database, Settings(state=state, job_attempts=2), Start.now(database))
    worker.stop()
    worker._conclude(job, attempt, outcome)
    return queue.find(database, job.id, ""), attempt.folder


def test_an_end_that_the_database_does_not_take_is_a_death(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = leases.finish

    def picky(database: Database, job: str, token: str, state: str, detail: str | None) -> bool:
        if detail == "odd":
            raise DataError("UPDATE", {}, ValueError("not kept as text"))
        return finish(database, job, token, state, detail)

    monkeypatch.setattr(leases, "finish", picky)
    first, folder = conclude(database, tmp_path, ("failed", "odd"))
    assert (first.state, first.attempts) == ("queued", 1)
    assert not folder.exists()
    second, _ = conclude(database, tmp_path, ("failed", "odd"))
    assert (second.id, second.state, second.attempts) == (first.id, "failed", 2)
    assert "the log" in second.detail


@sqlite
def test_results_stay_where_the_answer_was_lost(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = leases.finish

    def broken(*asked: object) -> bool:
        finish(*asked)
        raise OperationalError("COMMIT", {}, ConnectionError("closed"))

    monkeypatch.setattr(leases, "finish", broken)
    job, folder = conclude(database, tmp_path, ("done", None))
    assert job.state == "succeeded"
    assert (folder / "results").is_dir()


@sqlite
def test_results_go_where_the_job_is_no_longer_the_attempts(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "finish", lambda *_: False)
    _, folder = conclude(database, tmp_path, ("done", None))
    assert not folder.exists()
