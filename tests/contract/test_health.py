"""`/livez`, `/readyz`, `/v1/systems`, `/v1/limits`: what an operator looks at."""

import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from tests.contract import correctors
from tests.waiting import wait_until

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
    wait_until(lambda: client.get("/readyz").is_success)
    assert client.get("/readyz").json() == {
        "status": "ready",
        "ready": 4,
        "systems": 5,
        "states": {
            "upper": "ready",
            "title": "ready",
            "same": "ready",
            "broken": "ready",
            "absent": "failed",
        },
    }


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
        "competence": None,
        "state": "ready",
        "reason": None,
        "pid": None,
        "circuit": None,
    }
    assert systems[4]["state"] == "failed"
    assert "no.such" in systems[4]["reason"] or "No module" in systems[4]["reason"]


def test_systems_tell_on_which_types_of_edit_they_vote(serve: Callable[..., TestClient]) -> None:
    listed = "{name: listed, callable: 'builtins:str.upper', competence: [R:CASE, PROTECTED]}"
    skill = "{R:CASE: {precision: 0.9, recall: 0}, R:SPELL: {precision: 0.8, recall: 0.5}}"
    rated = f"{{name: rated, callable: 'builtins:str.title', competence: {skill}}}"
    client = serve(f"version: 1\nsystems: [{listed}, {rated}]\n")
    systems = client.get("/v1/systems").json()
    assert [system["competence"] for system in systems] == [
        {"R:CASE": None},
        {
            "R:CASE": {"precision": 0.9, "recall": 0.0},
            "R:SPELL": {"precision": 0.8, "recall": 0.5},
        },
    ]


def test_limits_are_said_before_they_are_met(client: TestClient) -> None:
    limits = client.get("/v1/limits").json()
    assert (limits["systems_least"], limits["systems"]) == (2, 32)
    assert (limits["text_tokens"], limits["token_characters"]) == (4096, 1000)
    assert limits["output_classes"] == 100
    assert limits["body_bytes"] == 1 << 20


def test_heads_for_those_who_only_look(client: TestClient) -> None:
    assert client.head("/livez").is_success
    assert client.head("/readyz").status_code == client.get("/readyz").status_code


LATE = """
version: 1
systems:
  - {name: upper, callable: "builtins:str.upper"}
  - {name: absent, callable: "no.such.module:function"}
  - {name: late, callable: "tests.contract.correctors:late"}
"""


@pytest.fixture
def late() -> Iterator[threading.Event]:
    """Set it to let the system `late` start."""
    correctors.STARTED.clear()
    yield correctors.STARTED
    correctors.STARTED.set()


def states(client: TestClient) -> dict[str, str]:
    return {system["name"]: system["state"] for system in client.get("/v1/systems").json()}


def test_ready_when_every_system_has_started_or_failed_to(
    serve: Callable[..., TestClient], late: threading.Event
) -> None:
    client = serve(LATE)
    others = {"upper": "ready", "absent": "failed"}
    wait_until(lambda: states(client) == {**others, "late": "starting"})
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["type"] == "/problems/not-ready"
    assert response.json()["detail"] == "1 of 3 systems are ready; still starting: late"
    late.set()
    wait_until(lambda: client.get("/readyz").is_success)
    ready = client.get("/readyz").json()
    assert (ready["ready"], ready["states"]) == (2, {**others, "late": "ready"})


def test_a_system_that_does_not_start_is_waited_for_no_longer_than_the_setting(
    serve: Callable[..., TestClient], late: threading.Event
) -> None:
    client = serve(LATE, start_up_s=0.01)
    wait_until(lambda: client.get("/readyz").is_success)
    assert client.get("/readyz").json()["states"]["late"] == "starting"
    body = {"source": "one", "systems": ["upper", "late"]}
    systems = client.post("/v1/combine", json=body).json()["systems"]
    assert (systems["upper"]["status"], systems["late"]["status"]) == ("ok", "failed")
    assert systems["late"]["reason"] == "starting"


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
