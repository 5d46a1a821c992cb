"""The disk quota: the jobs of an owner never have more bytes than they may."""

import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from service.jobs import leases, queue, quota, results
from service.jobs.queue import Order
from service.jobs.quota import QuotaError
from service.store.database import Database
from service.store.tables import job_files, jobs
from tests.killing import Campaign, wait_for_all
from tests.workers import STEPS, Hire, order

MOST = 1000

ACTION = st.sampled_from(
    ("submit", "claim", "write", "succeed", "fail", "release", "die", "lose", "cancel", "retry")
)


def used(database: Database, owner: str = "") -> int:
    with database.read() as connection:
        return quota.used(connection, owner)


def submit(database: Database, size: int = 100, owner: str = ""):
    asked = Order("combine", {}, {"a.txt": b"x" * (size - len("{}"))})
    return queue.submit(database, asked, owner, None, 1000, MOST)[0]


def test_a_job_counts_with_its_input_and_its_results(database: Database) -> None:
    job = submit(database, 300)
    submit(database, 500, "other")
    assert used(database) == job.input_bytes == 300
    held = leases.claim(database, 30)
    assert leases.renew(database, job.id, held.leased_by, None, (700, MOST)) == "valid"
    assert used(database) == MOST
    assert leases.renew(database, job.id, held.leased_by, None, (701, MOST)) == "full"
    assert leases.finish(database, job.id, held.leased_by, "succeeded", None)
    assert used(database) == MOST
    with pytest.raises(QuotaError, match="the limit is 1000 bytes"):
        submit(database, 2)
    with database.write() as connection:
        connection.execute(delete(jobs).where(jobs.c.id == job.id))
    assert used(database) == 0
    assert used(database, "other") == 500


def test_the_same_key_is_the_same_job_though_nothing_more_fits(database: Database) -> None:
    asked = Order("combine", {}, {"a.txt": b"x" * 990})
    first = queue.submit(database, asked, "", "key", 10, MOST)
    assert queue.submit(database, asked, "", "key", 10, MOST) == (first[0], False)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(st.tuples(ACTION, st.integers(2, 600)), max_size=30), seed=st.integers())
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_more_than_the_quota_whatever_happens(
    database: Database, actions: list[tuple[str, int]], seed: int
) -> None:
    chance, known, held = random.Random(seed), [], {}
    with database.write() as connection:
        connection.execute(delete(jobs))
    kept: dict[str, int] = {}
    for action, size in actions:
        lease = chance.choice(list(held.items())) if held else None
        if action == "submit":
            try:
                known.append(submit(database, size).id)
            except QuotaError:
                assert used(database) + size > MOST
        elif action == "claim" and (job := leases.claim(database, 30)):
            held[job.id] = job.leased_by
        elif action == "write" and lease:
            if leases.renew(database, *lease, None, (size, MOST)) != "full":
                kept[lease[0]] = size
        elif action in ("succeed", "fail") and lease:
            state = {"succeed": "succeeded", "fail": "failed"}[action]
            assert leases.finish(database, *lease, state, None)
            del held[lease[0]]
            if state == "failed":
                kept.pop(lease[0], None)
        elif action in ("release", "die", "lose") and lease:
            if action == "release":
                leases.release(database, *lease)
            elif action == "die":
                leases.give_back(database, *lease, "died", 2)
            else:
                now = queue.find(database, lease[0], "")
                assert leases.take_back(database, *lease, now.revision, 2)
            del held[lease[0]]
            kept.pop(lease[0], None)
        elif action in ("cancel", "retry") and known:
            with suppress(queue.StateError):
                getattr(queue, action)(database, chance.choice(known), "")
        with database.read() as connection:
            given = select(func.coalesce(func.sum(func.length(job_files.c.content)), 0))
            inputs = connection.execute(given).scalar_one() + len("{}") * len(known)
        assert used(database) == inputs + sum(kept.values()) <= MOST


def test_a_job_that_writes_too_much_fails_and_leaves_nothing(
    database: Database, hire: Hire, tmp_path: Path
) -> None:
    hire(jobs_disk_bytes=2000)
    small, _ = queue.submit(database, order(write="x" * 50), "", None, 10)
    large, _ = queue.submit(database, order(write="x" * 200, seconds=0.5), "", None, 10)
    fast, _ = queue.submit(database, order(write="x" * 200), "", None, 10)
    wait_for_all(database)
    done = queue.find(database, small.id, "")
    assert (done.state, done.result_bytes) == ("succeeded", 50 * STEPS)
    for job in (large, fast):
        failed = queue.find(database, job.id, "")
        assert (failed.state, failed.result_bytes) == ("failed", 0)
        assert "2000 bytes" in failed.detail
        assert "jobs_disk_bytes" in failed.detail
        assert not list((tmp_path / "state" / "jobs" / job.id).iterdir())
    sizes = sum(job.input_bytes for job in (small, large, fast))
    assert used(database) == sizes + 50 * STEPS


def test_the_count_is_right_after_kills(database: Database, tmp_path: Path) -> None:
    state = tmp_path / "state"
    Campaign(database, state, random.Random(5), cancel=True).run(1)
    with database.read() as connection:
        rows = connection.execute(select(jobs)).mappings().all()
    for row in rows:
        attempt = results.folder(state, row["id"], row["result"] or "")
        assert row["result_bytes"] == sum(file.size for file in results.listing(attempt))
    assert used(database) == sum(row["input_bytes"] + row["result_bytes"] for row in rows)
