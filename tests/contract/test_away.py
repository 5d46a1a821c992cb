"""The database is not there: combining works, keys cannot be told, and nothing hangs."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from service.store import opening

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
SEGMENT = {"source": "I has", "outputs": {"a": "I have", "b": "I have"}}


@pytest.fixture
def away(
    serve: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., TestClient]:
    pytest.importorskip("psycopg", reason="PostgreSQL is in consort[postgres]")
    monkeypatch.setattr(opening, "_TIMEOUT_S", 0.1)
    return lambda **settings: serve(database=NOWHERE, **settings)


def test_combining_needs_no_database(away: Callable[..., TestClient]) -> None:
    assert away().post("/v1/combine", json=SEGMENT).json()["text"] == "I have"


def test_keys_that_were_never_read_are_awaited(away: Callable[..., TestClient]) -> None:
    client = away(require_keys=True)
    headers = {"Authorization": "Bearer consort_0123456789abcdef_a"}
    answer = client.post("/v1/combine", json=SEGMENT, headers=headers)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert client.post("/v1/combine", json=SEGMENT).status_code == 401
    assert client.get("/livez").is_success
