"""The queue: one attempt at a time holds a job, and one alone says what became of it."""

import threading
import time

import pytest

from service.jobs import queue
from service.jobs.queue import ClashError, UnsuitedError
from service.limits import Busy
from service.store.database import Database
from tests.workers import order

LEASE_S, ATTEMPTS = 30.0, 3


def submit(database: Database, key: str | None = None, owner: str = "", **request: object):
    return queue.submit(database, order(**request), owner, key, 100)


def claim(database: Database, lease_s: float = LEASE_S):
    return queue.claim(database, lease_s, ATTEMPTS)


def test_the_oldest_first_and_each_to_one(database: Database) -> None:
    submitted = [submit(database)[0].id for _ in range(3)]
    claimed = [claim(database) for _ in range(3)]
    assert [job.id for job in claimed] == submitted
    assert len({job.leased_by for job in claimed}) == 3
    assert claim(database) is None
    assert not queue.waiting(database)
    assert queue.files(database, submitted[0]) == {"a.txt": b"given"}


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
    old = claim(database, lease_s=0.01)
    time.sleep(0.05)
    new = claim(database)
    assert (new.id, new.attempts) == (job.id, 2)
    assert queue.renew(database, job.id, old.leased_by, LEASE_S, None) == "lost"
    assert not queue.finish(database, job.id, old.leased_by, "succeeded", None)
    assert not queue.release(database, job.id, old.leased_by, None, True)
    assert queue.renew(database, job.id, new.leased_by, LEASE_S, {"done": 1}) == "held"
    assert queue.finish(database, job.id, new.leased_by, "succeeded", None)
    assert queue.finish(database, job.id, new.leased_by, "succeeded", None), "asked again"
    done = queue.find(database, job.id, "")
    assert (done.state, done.result, done.progress) == ("succeeded", new.leased_by, {"done": 1})


def test_what_kills_its_worker_again_and_again_has_failed(database: Database) -> None:
    job, _ = submit(database)
    for attempt in range(ATTEMPTS):
        assert claim(database, lease_s=0.001).attempts == attempt + 1
        time.sleep(0.01)
    assert claim(database) is None
    failed = queue.find(database, job.id, "")
    assert failed.state == "failed"
    assert "3 times" in failed.detail


def test_a_job_let_go_of_has_not_been_tried(database: Database) -> None:
    job, _ = submit(database)
    held = claim(database)
    assert queue.release(database, job.id, held.leased_by, None, False)
    assert claim(database).attempts == 1


def test_the_same_key_is_the_same_job_for_one_owner(database: Database) -> None:
    job, is_new = submit(database, "k")
    again, is_new_again = submit(database, "k")
    assert (is_new, is_new_again, again.id) == (True, False, job.id)
    with pytest.raises(ClashError):
        submit(database, "k", write="other")
    assert submit(database, "k", owner="other")[0].id != job.id
    assert submit(database)[0].id != submit(database)[0].id


def test_the_same_key_many_times_at_once(database: Database) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(submit(database, "k")[0].id)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_cancel_and_retry(database: Database) -> None:
    waiting, _ = submit(database)
    assert queue.cancel(database, waiting.id, "").state == "cancelled"
    assert queue.cancel(database, waiting.id, "").state == "cancelled"
    assert claim(database) is None
    assert queue.retry(database, waiting.id, "").state == "queued"
    with pytest.raises(UnsuitedError):
        queue.retry(database, waiting.id, "")
    held = claim(database)
    assert queue.cancel(database, held.id, "").cancel_asked
    assert queue.held(database, held.id, held.leased_by) == "cancelled"
    assert queue.finish(database, held.id, held.leased_by, "cancelled", None)
    queue.retry(database, held.id, "")
    again = claim(database)
    assert not again.cancel_asked
    queue.finish(database, again.id, again.leased_by, "succeeded", None)
    with pytest.raises(UnsuitedError):
        queue.cancel(database, again.id, "")


def test_cancelled_though_its_worker_is_gone(database: Database) -> None:
    submit(database)
    held = claim(database, lease_s=0.001)
    queue.cancel(database, held.id, "")
    time.sleep(0.01)
    assert claim(database) is None
    assert queue.find(database, held.id, "").state == "cancelled"


def test_owners_see_their_own_in_pages(database: Database) -> None:
    mine = [submit(database, owner="me")[0].id for _ in range(5)]
    other, _ = submit(database, owner="you")
    assert queue.find(database, other.id, "me") is None
    assert queue.cancel(database, other.id, "me") is None
    first = queue.page(database, "me", 3)
    rest = queue.page(database, "me", 3, first[-1].id)
    assert [job.id for job in [*first, *rest]] == mine[::-1]


def test_a_full_queue_is_said(database: Database) -> None:
    queue.submit(database, order(), "", None, 1)
    with pytest.raises(Busy):
        queue.submit(database, order(), "", None, 1)


def test_each_change_counts(database: Database) -> None:
    job, _ = submit(database)
    held = claim(database)
    queue.renew(database, job.id, held.leased_by, LEASE_S, {"done": 1})
    queue.finish(database, job.id, held.leased_by, "failed", "why")
    assert queue.find(database, job.id, "").revision == job.revision + 3
