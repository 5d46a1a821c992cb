"""Lost leases: those that stay unrenewed for too long by the clock of the watching process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from service.jobs import leases, lost_leases, queue, results
from service.jobs.job import Job
from service.jobs.lost_leases import LostLeases
from service.store.database import Database
from tests.waiting import wait_until
from tests.workers import STEPS, Hire, order

LEASE_S, ATTEMPTS, DAY_S = 30.0, 3, 86_400.0

STEP = st.tuples(st.sampled_from(["wait", "look", "renew", "wake"]), st.floats(0, 40))


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def claimed(database: Database, lease_s: float = LEASE_S) -> Job:
    queue.submit(database, order(), "", None, 100_000)
    return leases.claim(database, lease_s)


@contextmanager
def watched(database: Database) -> Iterator[tuple[LostLeases, Clock]]:
    clock = Clock()
    yield LostLeases(database, ATTEMPTS, clock), clock


def test_a_lease_is_lost_after_its_time_unrenewed(database: Database) -> None:
    with watched(database) as (lost, clock):
        job = claimed(database)
        for clock.now, expected in ((5, []), (35, []), (35.1, [job.id]), (100, [])):
            assert [lease.job for lease in lost.take_back()] == expected
        assert queue.find(database, job.id, "").state == "queued"


def test_a_lease_lasts_as_long_as_its_own_worker_said(database: Database) -> None:
    with watched(database) as (lost, clock):
        short, long = claimed(database, 10), claimed(database, 60)
        lost.take_back()
        clock.now = 11
        assert [lease.job for lease in lost.take_back()] == [short.id]
        clock.now = 61
        assert [lease.job for lease in lost.take_back()] == [long.id]


def test_whoever_watches_later_waits_anew(database: Database) -> None:
    job = claimed(database)
    with watched(database) as (lost, clock):
        clock.now = 1e9
        assert lost.take_back() == []
        clock.now += LEASE_S + 1
        assert [lease.job for lease in lost.take_back()] == [job.id]


def test_two_who_watch_take_a_lease_back_once(database: Database) -> None:
    with watched(database) as (first, one), watched(database) as (second, other):
        job = claimed(database)
        first.take_back(), second.take_back()
        one.now = other.now = 31
        assert len(first.take_back() + second.take_back()) == 1
        assert queue.find(database, job.id, "").attempts == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=25))
def test_no_lease_is_lost_that_was_renewed_in_time(
    database: Database, steps: list[tuple[str, float]]
) -> None:
    with watched(database) as (lost, clock):
        job, renewed, first_look = claimed(database), 0.0, None
        for step, seconds in steps:
            if step == "wait":
                clock.now += seconds
            elif step == "renew":
                renewed, first_look = clock.now, None
                assert leases.renew(database, job.id, job.leased_by) == "valid"
            else:
                taken = bool(lost.take_back())
                first_look = clock.now if first_look is None else first_look
                assert taken == (clock.now - first_look > LEASE_S)
                assert not taken or clock.now - renewed > LEASE_S
                if taken:
                    break
        queue.cancel(database, job.id, "")
        leases.finish(database, job.id, job.leased_by, "cancelled", None)


def test_the_folder_of_a_lost_attempt_is_removed(database: Database, tmp_path: Path) -> None:
    with watched(database) as (lost, clock):
        job = claimed(database)
        folder = results.folder(tmp_path, job.id, job.leased_by)
        results.prepare(folder, {"a.txt": b"given"})
        lost.take_back()
        clock.now = 31
        lost_leases.discard(tmp_path, lost.take_back())
        assert not folder.exists()


def test_a_job_stays_with_its_worker_though_the_clock_of_another_jumps(
    database: Database, hire: Hire, tmp_path: Path
) -> None:
    clocks = [tmp_path / "clock 1", tmp_path / "clock 2"]
    for clock in clocks:
        clock.write_text("0")
        hire(clock=str(clock))
    job, _ = queue.submit(database, order(seconds=4.0), "", None, 10)
    for done, jump_s in ((1, DAY_S), (STEPS // 2, -DAY_S)):
        wait_until(lambda done=done: _steps(database, job.id) >= done)
        for clock in clocks:
            clock.write_text(str(jump_s))
    wait_until(lambda: queue.find(database, job.id, "").ended)
    ended = queue.find(database, job.id, "")
    assert (ended.state, ended.attempts) == ("succeeded", 1)


def _steps(database: Database, job: str) -> int:
    """Return how many steps of a job are done."""
    progress = queue.find(database, job, "").progress
    return progress["done"] if progress else 0


def test_a_lost_job_waits_no_longer_though_the_clock_jumps(
    database: Database, hire: Hire, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("0")
    worker = hire(clock=str(clock))
    for jump_s in (DAY_S, -DAY_S):
        job, _ = queue.submit(database, order(write="1\n", seconds=3.0), "", None, 10)
        wait_until(lambda job=job: queue.find(database, job.id, "").state == "running")
        worker.kill()
        worker.wait()
        clock.write_text(str(jump_s))
        worker = hire(clock=str(clock))
        wait_until(lambda job=job: queue.find(database, job.id, "").ended)
        done = queue.find(database, job.id, "")
        assert (done.state, done.attempts) == ("succeeded", 2)
        written = results.folder(tmp_path / "state", job.id, done.result) / "results" / "out.txt"
        assert written.read_text() == "1\n" * STEPS


def test_an_outage_of_the_database_costs_no_worker_its_job(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("SELECT", {}, ConnectionError("closed"))

    with watched(database) as (lost, clock):
        job = claimed(database)
        assert lost.take_back() == []
        with monkeypatch.context() as outage:
            outage.setattr(database, "read", away)
            clock.now = LEASE_S + 1
            with pytest.raises(OperationalError):
                lost.take_back()
        clock.now += 1
        assert lost.take_back() == [], "its worker could not renew it either"
        clock.now += LEASE_S + 1
        assert [lease.job for lease in lost.take_back()] == [job.id]
