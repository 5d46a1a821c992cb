"""Jobs of databases from before leases were durations and jobs had bytes."""

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from service.jobs import leases, queue, quota
from service.jobs.lost_leases import LostLeases
from service.store import database as store
from service.store.database import Database

BEFORE = shutil.ignore_patterns("000[3-9]_*")
JOB = """
INSERT INTO jobs (id, kind, request, owner, request_digest, state, attempts, cancel_asked,
                  created_at, leased_by, leased_until, revision)
VALUES (:id, 'combine', :request, '', '', 'running', 1, false, 0, 'token', 1, 7)
"""
FILE = "INSERT INTO job_files (job, name, content) VALUES (:id, 'a.txt', :content)"


def test_a_running_job_keeps_its_files_and_its_lease(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(store._MIGRATIONS, tmp_path / "before", ignore=BEFORE)
    request, job = json.dumps({"write": "text"}), "a" * 32
    database = Database(database_url)
    with monkeypatch.context() as patch:
        patch.setattr(store, "_MIGRATIONS", tmp_path / "before")
        database.migrate()
    with database.write() as connection:
        connection.execute(text(JOB), {"id": job, "request": request})
        connection.execute(text(FILE), {"id": job, "content": b"\x00given\xff"})
    database.migrate()
    assert leases.files(database, job) == {"a.txt": b"\x00given\xff"}
    size = len(request) + len(b"\x00given\xff")
    migrated = queue.find(database, job, "")
    assert (migrated.lease_s, migrated.input_bytes, migrated.result_bytes) == (30, size, 0)
    with database.read() as connection:
        assert quota.used(connection, "") == size
    moments = iter((0.0, 0.0, 31.0, 31.0))
    lost = LostLeases(database, 3, lambda: next(moments))
    assert [len(lost.take_back()) for _ in range(2)] == [0, 1]
    assert leases.claim(database, 30).attempts == 2
    database.close()
