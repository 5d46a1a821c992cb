"""Slow statements of feedback: the other routes answer, and feedback's callers do not pile up."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service import container
from service.api.resources import feedback, jobs
from service.store import keys
from service.store.database import Database
from service.store.keys import SCOPES
from service.store.pool import MOST_WAITING
from tests.waiting import wait_until

Serve = Callable[..., TestClient]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database of the next service, whose callers wait for half a minute."""
    database = Database(f"sqlite:///{tmp_path / 'consort.db'}", deadline_s=30.0)
    database.migrate()
    monkeypatch.setattr(container, "Database", lambda _: database)
    return database


@pytest.fixture
def client(serve: Serve, tmp_path: Path, opened: Database) -> TestClient:
    """A service with keys, asked with a key for everything."""
    _, key = keys.create(opened, "all", SCOPES, None)
    client = serve(state=tmp_path, require_keys=True, job_workers=0)
    client.headers["Authorization"] = f"Bearer {key}"
    wait_until(lambda: client.get("/v1/keys").is_success)
    return client


@pytest.fixture
def blocked(client: TestClient, opened: Database) -> Iterator[threading.Event]:
    """All threads of feedback are busy until the event is set."""
    begun, released = threading.Semaphore(0), threading.Event()

    def work() -> None:
        begun.release()
        released.wait()

    for _ in range(opened.feedback.threads):
        opened.feedback.begin(work)
    for _ in range(opened.feedback.threads):
        begun.acquire()
    yield released
    released.set()


def test_other_routes_answer_while_feedback_is_blocked(
    client: TestClient, blocked: threading.Event
) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.post, "/v1/feedback", json=feedback.EXAMPLE)
        requests: list[Callable[[], object]] = [
            *(partial(client.get, f"/v1/{name}") for name in ("jobs", "combiners", "keys")),
            partial(client.post, "/v1/jobs", json=jobs.EXAMPLE),
            partial(client.post, "/v1/keys", json={"name": "new", "scopes": ["read"]}),
        ]
        statuses = [request().status_code for request in requests]  # type: ignore[attr-defined]
        assert statuses == [200, 200, 200, 202, 201]
        assert not waiting.done()
        blocked.set()
        assert waiting.result().status_code == 201


def test_callers_of_a_blocked_purpose_are_refused_at_once_when_many_wait(
    client: TestClient, opened: Database, blocked: threading.Event
) -> None:
    for _ in range(MOST_WAITING):
        opened.feedback.begin(int)
    for answer in (
        client.post("/v1/feedback", json=feedback.EXAMPLE),
        client.post("/v1/feedback", json=feedback.EXAMPLE),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["type"] == "/problems/database-unavailable"
    blocked.set()
    wait_until(lambda: client.post("/v1/feedback", json=feedback.EXAMPLE).is_success)
