"""Jobs that use registered combiners, and combiners registered from the results of jobs."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from ensemble.systems.roster import read_roster
from service.core.engine import Engine
from service.core.settings import Settings
from service.jobs import leases, queue, results
from service.registry.registry import Registry
from service.store.database import Database
from service.store.tables import jobs
from tests.trained import files

Serve = Callable[..., TestClient]
COMBINE = {"kind": "combine", "files": {"a.txt": "a\n", "b.txt": "b\n"}, "outputs": "labels"}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def client(serve: Serve, state: Path) -> TestClient:
    return serve(state=state, poll_s=0.05, job_workers=0)


@pytest.fixture
def database(client: TestClient, state: Path) -> Database:
    return Database(f"sqlite:///{state / 'consort.db'}")


def upload(client: TestClient, data: str = "") -> None:
    assert client.post("/v1/combiners/mine", files=files(data=data).form).status_code == 201


def submit(client: TestClient, combiner: str, key: str = "", **more: object) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/v1/jobs", json={**COMBINE, "combiner": combiner, **more}, headers=headers)


def folders(state: Path) -> int:
    return len(list((state / "combiners").iterdir()))


def force(client: TestClient, version: int) -> None:
    body = {"version": version, "force": {"reason": "a test"}}
    assert client.post("/v1/combiners/mine/aliases/champion", json=body).is_success


def another(database: Database, state: Path) -> Registry:
    """Return the registry of another process."""
    settings = Settings(roster=state.parent / "roster.yaml", state=state)
    return Registry(database, Engine(read_roster(settings.roster), settings), settings)


def test_a_job_uses_the_version_of_the_time_of_its_request(client: TestClient) -> None:
    upload(client)
    upload(client, "second")
    for term in ("mine", "mine@1", "mine@champion"):
        answer = submit(client, term)
        assert answer.status_code == 202, answer.text
        assert answer.json()["request"]["combiner"] == "mine@1"
    first = submit(client, "mine", "key").json()
    force(client, 2)
    assert submit(client, "mine", "key").json()["id"] == first["id"]  # the same request
    assert submit(client, "mine").json()["request"]["combiner"] == "mine@2"


@pytest.mark.parametrize("term", ["nonsense", "mine@7", "learned-vote", "logistic", "trained"])
def test_a_job_with_a_combiner_that_cannot_be_used_is_refused(
    client: TestClient, term: str
) -> None:
    upload(client)
    refused = submit(client, term)
    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/unknown-combiner"
    assert "mine" in refused.text or term in ("logistic", "trained")


def test_a_name_without_a_champion_says_what_to_say_to_jobs_too(client: TestClient) -> None:
    upload(client)
    assert client.delete("/v1/combiners/mine/aliases/champion").status_code == 204
    assert "mine has no champion; say mine@1, or promote a version" in submit(client, "mine").text
    assert submit(client, "mine@1").status_code == 202
    assert submit(client, "mine@1", outputs="edits").json()["type"] == "/problems/unsupported-kind"


def test_a_deleted_version_stays_for_the_jobs_that_use_it(
    client: TestClient, database: Database, state: Path
) -> None:
    upload(client)
    job = submit(client, "mine").json()["id"]
    assert client.delete("/v1/combiners/mine/1").status_code == 204
    assert folders(state) == 1
    refused = submit(client, "mine")
    assert refused.status_code == 422
    claimed = leases.claim(database, 30)
    assert claimed is not None
    assert claimed.id == job
    assert (state / "combiners" / str(claimed.artefact) / "manifest.json").is_file()
    assert leases.finish(database, job, str(claimed.leased_by), "failed", "a test")
    registry = another(database, state)
    registry._sweep()
    assert folders(state) == 1  # it may be retried
    assert client.post(f"/v1/jobs/{job}/retry").status_code == 202
    again = leases.claim(database, 30)
    assert again is not None
    assert leases.finish(database, job, str(again.leased_by), "succeeded", None)
    registry._sweep()
    assert folders(state) == 0


def test_the_combiner_that_a_job_trained_is_registered_by_the_job(
    client: TestClient, database: Database, state: Path
) -> None:
    trained = {"kind": "train", "files": {"a.txt": "a\n", "t.txt": "a\n"}, "references": ["t.txt"]}
    job = client.post("/v1/jobs", json=trained).json()["id"]

    def register(job: str) -> Any:
        return client.post("/v1/combiners/mine", json={"job": job})

    early = register(job)
    assert early.json()["type"] == "/problems/result-not-found"
    assert "queued" in early.text
    claimed = leases.claim(database, 30)
    assert claimed is not None
    combiner = results.folder(state, job, str(claimed.leased_by)) / "results" / "combiner"
    combiner.mkdir(parents=True)
    manifest, weights = files()
    (combiner / "manifest.json").write_bytes(manifest)
    (combiner / "weights-000000000000.safetensors").write_bytes(weights)
    assert leases.finish(database, job, str(claimed.leased_by), "succeeded", None)
    created = register(job)
    assert created.status_code == 201, created.text
    assert created.json()["aliases"] == ["champion"]
    assert register(job).status_code == 200
    assert client.post("/v1/combiners/mine", files=files().form).json() == register(job).json()
    assert register("0" * 32).json()["type"] == "/problems/job-not-found"
    combining = submit(client, "mine").json()["id"]
    assert register(combining).json()["type"] == "/problems/result-not-found"
    with database.write() as connection:
        owner = jobs.update().where(jobs.c.id == job).values(owner="another")
        connection.execute(owner)
    assert register(job).status_code == 404
    with database.read() as connection:
        assert connection.execute(select(jobs.c.id)).all()
    assert queue.find(database, job, "another")
    shutil.rmtree(combiner)
