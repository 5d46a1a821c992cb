"""PostgreSQL stops or hangs under load: combining goes on, the rest says so, and comes back."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service import container
from service.api.app import create_app
from service.api.resources import feedback, jobs
from service.core.settings import Settings
from service.store import keys
from service.store.database import Database
from service.store.keys import SCOPES
from tests.contract.conftest import ROSTER, running
from tests.postgres import Server
from tests.trained import files

QUESTION = {"source": "81", "outputs": {"able": "a", "poor": "b", "bad": "b"}, "kind": "labels"}
KEY = {"name": "another", "scopes": ["combine"]}
UPLOAD = "POST", "/v1/combiners/mine", {"files": files("able").form}
FORCED = {"version": 1, "force": {"reason": "a test"}}
PROMOTE = "POST", "/v1/combiners/mine/aliases/champion", {"json": FORCED}
NEED_IT = (
    UPLOAD,
    PROMOTE,
    ("GET", "/v1/combiners", {}),
    ("GET", "/v1/combiners/mine", {}),
    ("GET", "/v1/jobs", {}),
    ("POST", "/v1/jobs", {"json": jobs.EXAMPLE}),
    ("POST", "/v1/feedback", {"json": feedback.EXAMPLE}),
    ("GET", "/v1/keys", {}),
    ("POST", "/v1/keys", {"json": KEY}),
)
AT_MOST_S = 10  # for any answer: httpx raises beyond

Answers = list[tuple[str, int]]


@pytest.fixture
def client(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[httpx.Client]:
    """A service on PostgreSQL in which `mine` is registered, and a key for everything."""
    monkeypatch.setattr(container, "Database", partial(Database, deadline_s=1.0))
    url = postgres.url(f"t{uuid4().hex}")
    opened = Database(url)
    opened.migrate()
    _, key = keys.create(opened, "all", SCOPES, None)
    opened.close()
    (tmp_path / "roster.yaml").write_text(ROSTER)
    settings = Settings(
        roster=tmp_path / "roster.yaml", state=tmp_path / "state", database=url,
        require_keys=True, poll_s=0.2, job_workers=0,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {key}"}
    with (
        running(create_app(settings)) as address,
        httpx.Client(base_url=address, headers=headers, timeout=AT_MOST_S) as client,
    ):
        until(lambda: client.get("/v1/limits").is_success)
        assert [ask(client, *request)[0] for request in (UPLOAD, PROMOTE)] == [201, 200]
        yield client


def until(true: Callable[[], bool]) -> None:
    """Wait until it is.

    Raises:
        TimeoutError: it is not for half a minute.
    """
    end = time.monotonic() + 30
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


def ask(
    client: httpx.Client, method: str, path: str, body: dict[str, Any]
) -> tuple[int, str | None]:
    """Return the status of an answer, and when to come again."""
    answer = client.request(method, path, **body)
    return answer.status_code, answer.headers.get("retry-after")


def all_come_back(client: httpx.Client) -> None:
    for request in NEED_IT:
        until(lambda request=request: ask(client, *request)[0] < 300)


@contextmanager
def combining(client: httpx.Client) -> Iterator[Answers]:
    """Combine without end, by the vote and by the registered combiner; yield what is answered."""
    answers: Answers = []
    end = threading.Event()

    def ask(combiner: str) -> None:
        with httpx.Client(
            base_url=client.base_url, headers=client.headers, timeout=AT_MOST_S
        ) as own:
            while not end.wait(0.01):
                answer = own.post("/v1/combine", json={**QUESTION, "combiner": combiner})
                answers.append((answer.json().get("text"), answer.status_code))

    with ThreadPoolExecutor(2) as threads:
        asking = [threads.submit(ask, combiner) for combiner in ("vote", "mine")]
        try:
            yield answers
        finally:
            end.set()
    for each in asking:
        each.result()


def test_combining_goes_on_while_the_database_is_stopped(
    client: httpx.Client, postgres: Server
) -> None:
    with combining(client) as answers:
        until(lambda: len(answers) > 20)
        known = client.get("/v1/competence").json()
        postgres.stop()
        try:
            combined = len(answers)
            end = time.monotonic() + 3
            while time.monotonic() < end:
                for request in NEED_IT:
                    assert ask(client, *request) == (503, "1")
                assert client.get("/v1/competence").json() == known
            assert len(answers) > combined + 20
        finally:
            postgres.start()
        all_come_back(client)
        made = client.post("/v1/keys", json=KEY).json()["key"]
        headers = {"Authorization": f"Bearer {made}"}
        assert client.post("/v1/combine", json=QUESTION, headers=headers).is_success
        combined = len(answers)
        until(lambda: len(answers) > combined + 20)
    assert set(answers) == {("b", 200), ("a", 200)}


def test_combining_goes_on_while_the_database_hangs(client: httpx.Client, postgres: Server) -> None:
    with combining(client) as answers, ThreadPoolExecutor(len(NEED_IT)) as threads:
        until(lambda: len(answers) > 20)
        postgres.freeze()
        try:
            combined = len(answers)
            for status, retry in threads.map(lambda request: ask(client, *request), NEED_IT * 2):
                assert (status, retry) == (503, "1")
            assert len(answers) > combined + 20
        finally:
            postgres.thaw()
        all_come_back(client)
    assert set(answers) == {("b", 200), ("a", 200)}
