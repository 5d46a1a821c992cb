"""`/livez`, `/readyz`, `/v1/systems`, `/v1/limits`: what an operator looks at."""

import sys
import time
from collections.abc import Callable

from starlette.testclient import TestClient

SLOW = f"""
version: 1
systems:
  - name: slow
    command:
      - {sys.executable}
      - -c
      - "import time; time.sleep(2); [print(input(), flush=True) for _ in range(9)]"
"""


def test_alive(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "alive"}


def test_ready_although_some_systems_are_not(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "ready": 4, "systems": 5}


def test_answers_before_it_is_ready(serve: Callable[..., TestClient]) -> None:
    client = serve(SLOW)
    assert client.get("/livez").is_success
    outputs = {"a": "ab", "b": "ab"}
    body = {"source": "abc", "outputs": outputs}
    assert client.post("/v1/combine", json=body).json()["text"] == "ab"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert response.headers["content-type"] == "application/problem+json"
    while client.get("/readyz").status_code == 503:
        time.sleep(0.05)
    [slow] = client.get("/v1/systems").json()
    assert slow["state"] == "ready"
    assert slow["pid"] > 0


def test_systems_in_the_order_of_the_roster(client: TestClient) -> None:
    systems = client.get("/v1/systems").json()
    assert [system["name"] for system in systems] == ["upper", "title", "same", "broken", "absent"]
    assert systems[1] == {
        "name": "title",
        "kind": "callable",
        "weight": 2.5,
        "state": "ready",
        "reason": None,
        "pid": None,
        "circuit": None,
    }
    assert systems[4]["state"] == "failed"
    assert "no.such" in systems[4]["reason"] or "No module" in systems[4]["reason"]


def test_limits_are_said_before_they_are_met(client: TestClient) -> None:
    limits = client.get("/v1/limits").json()
    assert (limits["systems_least"], limits["systems"]) == (2, 32)
    assert (limits["text_tokens"], limits["token_characters"]) == (4096, 1000)
    assert limits["output_classes"] == 100
    assert limits["body_bytes"] == 1 << 20


def test_heads_for_those_who_only_look(client: TestClient) -> None:
    assert client.head("/livez").is_success
    assert client.head("/readyz").status_code == client.get("/readyz").status_code


def test_not_ready_where_every_system_has_failed(serve: Callable[..., TestClient]) -> None:
    roster = "version: 1\nsystems: [{name: absent, callable: 'no.such.module:function'}]"
    client = serve(roster)
    while client.get("/v1/systems").json()[0]["state"] != "failed":
        time.sleep(0.01)
    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").is_success


def test_who_asks_while_systems_start_gets_their_answers(serve: Callable[..., TestClient]) -> None:
    client = serve(f"{SLOW}  - {{name: upper, callable: 'builtins:str.upper'}}\n")
    answer = client.post("/v1/combine", json={"source": "abc", "systems": ["slow", "upper"]}).json()
    assert {name: part["status"] for name, part in answer["systems"].items()} == {
        "slow": "ok",
        "upper": "ok",
    }
