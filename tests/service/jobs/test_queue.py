"""The queue: what is asked is kept once, shown to its owner, called off and done again."""

import threading

import pytest

from service.core.admission import Busy
from service.jobs import leases, queue
from service.jobs.queue import KeyReusedError, StateError
from service.store.database import Database
from tests.workers import order


def submit(database: Database, key: str | None = None, owner: str = "", **request: object):
    return queue.submit(database, order(**request), owner, key, 100)


def claim(database: Database):
    return leases.claim(database, 30.0)


def test_the_same_key_is_the_same_job_for_one_owner(database: Database) -> None:
    job, is_new = submit(database, "k")
    again, is_new_again = submit(database, "k")
    assert (is_new, is_new_again, again.id) == (True, False, job.id)
    with pytest.raises(KeyReusedError):
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
    with pytest.raises(StateError):
        queue.retry(database, waiting.id, "")
    held = claim(database)
    assert queue.cancel(database, held.id, "").cancel_asked
    assert leases.lease_state(database, held.id, held.leased_by) == "cancelled"
    assert leases.finish(database, held.id, held.leased_by, "cancelled", None)
    queue.retry(database, held.id, "")
    again = claim(database)
    assert not again.cancel_asked
    leases.finish(database, again.id, again.leased_by, "succeeded", None)
    with pytest.raises(StateError):
        queue.cancel(database, again.id, "")


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
