"""`/v1/feedback` and `/v1/competence`: verdicts move the learned vote, and can be taken back."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from service.api.resources.feedback import EXAMPLE
from service.core import limits

Serve = Callable[..., TestClient]
QUESTION = {
    "source": "He go home",
    "outputs": {"a": "He goes home", "b": "He go home", "c": "He goes home"},
    "combiner": "learned-vote",
}


@pytest.fixture
def client(serve: Serve, tmp_path: Path) -> TestClient:
    return serve(state=tmp_path / "state", poll_s=30)  # so that only what is sent wakes it


def ask(client: TestClient) -> Any:
    return client.post("/v1/combine", json=QUESTION).json()


def verdict(answer: Any, accepted: bool) -> dict[str, Any]:
    fields = ("start", "end", "replacement", "type", "voters")
    edits = [{**{field: edit[field] for field in fields}, "accepted": accepted}
             for edit in answer["candidates"]]  # fmt: skip
    return {"source": QUESTION["source"], "edits": edits}


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_verdicts_move_the_vote_and_taking_them_back_undoes_it(client: TestClient) -> None:
    before = ask(client)
    assert before["text"] == "He goes home"
    bodies = [verdict(before, False)] * 12
    sent = [client.post("/v1/feedback", json=body) for body in bodies]
    assert {response.status_code for response in sent} == {201}
    # The vote may move before all verdicts are counted; its mark tells when they are.
    known = client.get("/v1/competence").json()
    until(lambda: f"|feedback:{known['mark']}|" in ask(client)["combiner"]["signature"])
    moved = ask(client)
    assert moved["text"] == "He go home"
    assert moved["combiner"]["signature"] != before["combiner"]["signature"]
    systems = {one["system"]: one for one in known["systems"]}
    assert systems["a"]["types"][0]["weight"] == 0.25
    assert systems["a"]["days"][0]["judged"] == 12
    assert "b" not in systems

    for response in sent:
        assert client.delete(response.headers["location"]).status_code == 204
    until(lambda: ask(client)["combiner"] == before["combiner"])
    assert ask(client)["text"] == before["text"]
    assert client.delete(sent[0].headers["location"]).status_code == 204


def test_roster_systems_are_listed_before_anybody_speaks(client: TestClient) -> None:
    known = client.get("/v1/competence").json()
    assert [one["system"] for one in known["systems"]] == [
        "upper", "title", "same", "broken", "absent",
    ]  # fmt: skip
    assert {(one["competence"], one["judged"]) for one in known["systems"]} == {(0.5, 0)}


def test_no_text_is_kept(client: TestClient, tmp_path: Path) -> None:
    body = {"source": "Zanzibar go", "edits": [{**EXAMPLE["edits"][0], "replacement": "Xanadu"}]}
    assert client.post("/v1/feedback", json=body).status_code == 201
    with create_engine(f"sqlite:///{tmp_path / 'state' / 'consort.db'}").connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM feedback_edits")).scalar() == 2
    for file in (tmp_path / "state").glob("consort.db*"):
        content = file.read_bytes()
        assert b"Zanzibar" not in content
        assert b"Xanadu" not in content


def edit(**changes: object) -> dict[str, object]:
    return {"source": EXAMPLE["source"], "edits": [{**EXAMPLE["edits"][0], **changes}]}


@pytest.mark.parametrize(
    "body",
    [
        {**EXAMPLE, "edits": []},
        {**EXAMPLE, "edits": EXAMPLE["edits"] * 2},
        {**EXAMPLE, "edits": EXAMPLE["edits"] * (limits.JUDGED_EDITS + 1)},
        {**EXAMPLE, "source": ""},
        {"edits": EXAMPLE["edits"]},
        edit(start=3, end=2),
        edit(start=5, end=6),
        edit(start=-1),
        edit(type="R:NONE"),
        edit(type=""),
        edit(voters=[]),
        edit(voters=["a", "a"]),
        edit(voters=["a\x00"]),
        edit(voters=[str(i) for i in range(limits.MOST_SYSTEMS + 1)]),
        edit(accepted="yes"),
        edit(more=1),
        [],
    ],
)
def test_feedback_that_is_none(client: TestClient, body: object) -> None:
    response = client.post("/v1/feedback", json=body)
    assert response.status_code == 422
    assert response.json()["errors"]


@pytest.mark.parametrize("id_", ["0" * 32, "x", "a%00", "%2e%2e"])
def test_nothing_to_retract(client: TestClient, id_: str) -> None:
    assert client.delete(f"/v1/feedback/{id_}").status_code in (404, 405)


def test_a_database_that_is_away_keeps_nobody_from_combining(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.opening._TIMEOUT_S", 0.1)
    (tmp_path / "file").write_text("no database")
    client = serve(state=tmp_path, database=f"sqlite:///{tmp_path / 'file'}")
    assert ask(client)["text"] == "He goes home"
    for method, path, body in (
        ("POST", "/v1/feedback", EXAMPLE),
        ("GET", "/v1/competence", None),
        ("GET", "/v1/combiners", None),
        ("DELETE", f"/v1/feedback/{'0' * 32}", None),
    ):
        response = client.request(method, path, json=body)
        assert (response.status_code, response.headers.get("retry-after")) == (503, "1")
