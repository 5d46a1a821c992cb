"""Leases: one attempt at a time holds a job, and one alone says what became of it."""

import threading

from service.jobs import leases, queue
from service.jobs.job import change
from service.store.database import Database
from service.store.tables import jobs
from tests.workers import order

LEASE_S, ATTEMPTS = 30.0, 3


def submit(database: Database):
    return queue.submit(database, order(), "", None, 100)


def claim(database: Database):
    return leases.claim(database, LEASE_S)


def lose(database: Database, job) -> bool:
    """Take back the lease of a claimed job."""
    held = queue.find(database, job.id, "")
    return leases.take_back(database, job.id, held.leased_by, held.revision, ATTEMPTS)


def test_the_oldest_first_and_each_to_one(database: Database) -> None:
    submitted = [submit(database)[0].id for _ in range(3)]
    claimed = [claim(database) for _ in range(3)]
    assert [job.id for job in claimed] == submitted
    assert len({job.leased_by for job in claimed}) == 3
    assert claim(database) is None
    assert not leases.waiting(database)
    assert leases.files(database, submitted[0]) == {"a.txt": b"given"}


def test_many_workers_at_once_take_no_job_twice(database: Database) -> None:
    submitted = {submit(database)[0].id for _ in range(12)}
    claimed: list[str] = []

    def take_all() -> None:
        while job := claim(database):
            claimed.append(job.id)

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(submitted)


def test_a_lease_that_ended_is_anybodys_and_the_old_holder_says_nothing(database: Database) -> None:
    job, _ = submit(database)
    old = claim(database)
    assert lose(database, old)
    new = claim(database)
    assert (new.id, new.attempts) == (job.id, 2)
    assert leases.renew(database, job.id, old.leased_by) == "lost"
    assert not leases.finish(database, job.id, old.leased_by, "succeeded", None)
    assert not leases.release(database, job.id, old.leased_by)
    assert not leases.give_back(database, job.id, old.leased_by, "died", ATTEMPTS)
    assert not leases.take_back(database, job.id, old.leased_by, old.revision, ATTEMPTS)
    assert leases.renew(database, job.id, new.leased_by, {"done": 1}) == "valid"
    assert leases.finish(database, job.id, new.leased_by, "succeeded", None)
    assert leases.finish(database, job.id, new.leased_by, "succeeded", None), "asked again"
    done = queue.find(database, job.id, "")
    assert (done.state, done.result, done.progress) == ("succeeded", new.leased_by, {"done": 1})


def test_what_kills_its_worker_again_and_again_has_failed(database: Database) -> None:
    job, _ = submit(database)
    for attempt in range(ATTEMPTS):
        held = claim(database)
        assert held.attempts == attempt + 1
        assert lose(database, held)
    assert claim(database) is None
    failed = queue.find(database, job.id, "")
    assert failed.state == "failed"
    assert "3 times" in failed.detail


def test_a_job_let_go_of_has_not_been_tried(database: Database) -> None:
    job, _ = submit(database)
    held = claim(database)
    assert leases.release(database, job.id, held.leased_by)
    assert claim(database).attempts == 1


def test_cancelled_though_its_worker_is_gone(database: Database) -> None:
    submit(database)
    held = claim(database)
    queue.cancel(database, held.id, "")
    assert lose(database, held)
    assert claim(database) is None
    assert queue.find(database, held.id, "").state == "cancelled"


def test_each_change_counts(database: Database) -> None:
    job, _ = submit(database)
    held = claim(database)
    leases.renew(database, job.id, held.leased_by, {"done": 1})
    leases.finish(database, job.id, held.leased_by, "failed", "why")
    assert queue.find(database, job.id, "").revision == job.revision + 3


def test_whatever_gives_a_job_back_cancels_it_if_that_was_asked(database: Database) -> None:
    for back in (
        lambda job: leases.release(database, job.id, job.leased_by),
        lambda job: leases.give_back(database, job.id, job.leased_by, "died", ATTEMPTS),
        lambda job: leases.give_back(database, job.id, job.leased_by, "died", 1),
        lambda job: lose(database, job),
    ):
        submit(database)
        held = claim(database)
        assert queue.cancel(database, held.id, "").cancel_asked
        assert back(held)
        assert queue.find(database, held.id, "").state == "cancelled"
        assert queue.retry(database, held.id, "").cancel_asked is False
        assert claim(database).id == held.id


def test_asking_again_to_cancel_renews_no_lease(database: Database) -> None:
    submit(database)
    held = claim(database)
    asked = queue.cancel(database, held.id, "")
    assert queue.cancel(database, held.id, "").revision == asked.revision == held.revision + 1


def test_jobs_are_claimed_as_submitted_though_the_clock_was_set_back(database: Database) -> None:
    first, _ = submit(database)
    with database.write() as connection:
        change(connection, jobs.c.id == first.id, {"created_at": jobs.c.created_at + 86_400})
    second, third = submit(database)[0], submit(database)[0]
    assert [claim(database).id for _ in range(3)] == [first.id, second.id, third.id]
