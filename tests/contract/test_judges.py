"""Judges over HTTP: asked only where they can change the outcome, and no cause of an error."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests import judged
from tests.ensemble.judges.chat_server import SLOW_S, ChatServer, chat_server

Serve = Callable[..., TestClient]
TIE = {"a": "x", "b": "x", "c": "yes", "d": "yes"}
UNANIMOUS = dict.fromkeys(judged.SYSTEMS, "x")
SYSTEMS = '{name: same, callable: "builtins:str.strip"}'


@pytest.fixture
def server() -> Iterator[ChatServer]:
    """A judge that scores a text by its length, so that it finds `yes` better than `x`."""
    with chat_server() as running:
        yield running


@pytest.fixture
def start(serve: Serve, server: ChatServer, tmp_path: Path) -> Serve:
    """Start a service with a combiner that believes the judge `critic`, which asks `server`."""

    def started(budget: int = 100, more: str = "", **settings: Any) -> TestClient:
        entry = json.dumps(server.entry(**settings))
        roster = (
            f"version: 1\nsystems: [{SYSTEMS}]\njudges: [{entry}{more}]\njudge_budget: {budget}"
        )
        return serve(roster, combiner=judged.folder(tmp_path), state=tmp_path / "state")

    return started


def ask(client: TestClient, outputs: dict[str, Any] = TIE, **more: Any) -> dict[str, Any]:
    body = {"source": "q", "outputs": outputs, "kind": "labels", "combiner": "trained", **more}
    response = client.post("/v1/combine", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def test_its_answer_settles_a_tie_and_the_evidence_says_so(
    start: Serve, server: ChatServer
) -> None:
    client = start(price_in=1.0, price_out=10.0)
    assert ask(client, ask_judges=False)["text"] == "x"
    answer = ask(client)
    assert answer["text"] == "yes"
    judge = answer["judges"]["critic"]
    assert judge.pop("milliseconds") > 0
    assert judge == {
        "status": "ok",
        "reason": None,
        "scores": {"a": 1, "b": 1, "c": 3, "d": 3},
        "calls": 2,
        "tokens": {"sent": 200, "received": 20},
        "cost": pytest.approx((200 * 1 + 20 * 10) / 1e6),
    }
    assert len(server.asked) == 2


def test_the_combiner_judged_needs_no_training(serve: Serve, server: ChatServer) -> None:
    roster = f"version: 1\nsystems: [{SYSTEMS}]\njudges: [{json.dumps(server.entry())}]"
    client = serve(roster)
    answer = ask(client, combiner="judged")
    assert (answer["text"], answer["combiner"]["calibrated"]) == ("yes", False)
    asked = len(server.asked)
    most = ask(client, {**TIE, "e": "x"}, combiner="judged")
    assert most["text"] == "x"
    assert most["judges"]["critic"]["reason"] == "its scores cannot change the outcome"
    assert len(server.asked) == asked


def test_the_same_question_is_not_asked_again(start: Serve, server: ChatServer) -> None:
    client = start()
    first, second = ask(client), ask(client)
    assert first["text"] == second["text"] == "yes"
    assert second["judges"]["critic"]["scores"] == first["judges"]["critic"]["scores"]
    assert (second["judges"]["critic"]["calls"], len(server.asked)) == (0, 2)


@pytest.mark.parametrize(
    ("outputs", "more", "reason"),
    [
        (UNANIMOUS, {}, "its scores cannot change the outcome"),
        (TIE, {"combiner": "vote"}, "the combiner vote does not use scores"),
        (TIE, {"ask_judges": False}, "the request asks no judges"),
        (TIE, {"scores": {"critic": {"a": 1, "c": 2}}}, "the request has its scores"),
    ],
)
def test_where_it_is_not_asked_the_answer_says_why(
    start: Serve, server: ChatServer, outputs: Any, more: Any, reason: str
) -> None:
    judge = ask(start(), outputs, **more)["judges"]["critic"]
    assert (judge["status"], judge["reason"]) == ("not asked", reason)
    assert (judge["scores"], judge["calls"], judge["milliseconds"]) == ({}, 0, None)
    assert server.asked == []


def test_scores_of_the_request_are_used_instead(start: Serve, server: ChatServer) -> None:
    given = {"critic": {"a": 1, "b": 1, "c": 9, "d": 9}}
    assert ask(start(), scores=given)["text"] == "yes"
    assert server.asked == []


def test_a_budget_of_nothing_asks_nothing(start: Serve, server: ChatServer) -> None:
    answer = ask(start(budget=0))
    assert answer["text"] == "x"
    assert answer["judges"]["critic"]["reason"] == "the budget of the request is spent"
    assert server.asked == []


def said(content: str) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}}]}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("I prefer B.", "answered without a JSON object: 'I prefer B.'"),
        ('{"A": NaN, "B": 3}', "scored A with nan"),
        ('{"A": "one", "B": 3}', "scored A with str, not a number"),
        ('{"A": 1, "B": 3, "C": 9}', "scored 'C', which was not shown"),
        ('{"A": 1}', "did not score B"),
        ('{"A": 1, "B": 30}', "scored B 30, outside 1 to 10"),
        ('{"A": 1, "B":', "its JSON object is not complete"),
        (["something else"], "answered with JSON that has no choices.0.message.content"),
        (said(""), "answered with nothing"),
    ],
)
def test_an_answer_that_is_no_scores_leaves_the_outcome_to_the_votes(
    start: Serve, server: ChatServer, reply: Any, reason: str
) -> None:
    server.reply = lambda shown: reply
    client = start()
    answer = ask(client)
    judge = answer["judges"]["critic"]
    assert (answer["text"], answer["degraded"]) == ("x", False)
    assert (judge["status"], judge["reason"], judge["scores"]) == ("failed", reason, {})
    assert judge["calls"] == 2


def test_a_judge_that_is_slow_or_away_leaves_the_outcome_to_the_votes(
    start: Serve, server: ChatServer
) -> None:
    client = start(timeout_s=SLOW_S / 4, failures=100)
    slow = {"a": "slow", "b": "slow", "c": "yes", "d": "yes"}
    judge = ask(client, slow)["judges"]["critic"]
    assert (judge["status"], judge["reason"]) == ("failed", f"no answer within {SLOW_S / 4:g} s")
    server.shutdown()
    server.server_close()
    judge = ask(client)["judges"]["critic"]
    assert judge["status"] == "failed"
    assert judge["reason"].startswith("cannot connect")


def test_the_deadline_of_the_service_holds_for_judges(
    serve: Serve, server: ChatServer, tmp_path: Path
) -> None:
    roster = f"version: 1\nsystems: [{SYSTEMS}]\njudges: [{json.dumps(server.entry())}]"
    settings = {"combiner": judged.folder(tmp_path), "state": tmp_path / "state"}
    client = serve(roster, deadline_s=SLOW_S / 4, **settings)
    slow = {"a": "slow", "b": "slow", "c": "yes", "d": "yes"}
    answer = ask(client, slow)
    judge = answer["judges"]["critic"]
    assert (answer["text"], judge["status"]) == ("slow", "timeout")
    assert judge["calls"] == 2


def test_questions_tokens_and_failures_are_counted(start: Serve, server: ChatServer) -> None:
    client = start(price_in=1.0, price_out=10.0)
    ask(client)
    server.reply = lambda shown: "no"
    ask(client, {**TIE, "c": "why", "d": "why"})
    text = client.get("/metrics").text
    assert 'consort_judge_seconds_count{judge="critic",status="ok"} 1.0' in text
    assert 'consort_judge_seconds_count{judge="critic",status="no JSON"} 1.0' in text
    assert 'consort_judge_tokens_total{judge="critic"} 440.0' in text
    assert 'consort_judge_cost_total{judge="critic"} 0.0008' in text


def test_a_judge_does_not_score_the_output_of_its_own_name(
    start: Serve, server: ChatServer
) -> None:
    outputs = {**TIE, "critic": "maybe"}
    client = start()
    assert set(ask(client, outputs)["judges"]["critic"]["scores"]) == set(TIE)
    assert "maybe" not in server.asked[0].values()
    scored = ask(client, outputs, recuse=False)["judges"]["critic"]["scores"]
    assert set(scored) == {*TIE, "critic"}


def batch(client: TestClient, sizes: list[str], **headers: str) -> list[Any]:
    """The answers to segments that are ties between `x` and each of `sizes`, or unanimous."""
    queries = [
        {
            "source": f"q {i}",
            "outputs": {"a": "x", "b": "x", "c": other, "d": other},
            "kind": "labels",
            "combiner": "trained",
        }
        for i, other in enumerate(sizes)
    ]
    content = "\n".join(map(json.dumps, queries)) if headers else json.dumps(queries)
    kind = "application/x-ndjson" if headers else "application/json"
    response = client.post(
        "/v1/combine/batch", content=content, headers={"Content-Type": kind, **headers}
    )
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()] if headers else response.json()


def asked_of(answers: list[Any]) -> list[bool]:
    return [answer["judges"]["critic"]["status"] == "ok" for answer in answers]


def test_a_batch_shares_the_budget_and_wastes_none_on_what_is_certain(
    start: Serve, server: ChatServer
) -> None:
    answers = batch(start(budget=2, both_orders=False), ["x", "why", "x", "yes", "who"])
    assert asked_of(answers) == [False, True, False, True, False]
    assert [answer["text"] for answer in answers] == ["x", "why", "x", "yes", "x"]
    reasons = [answer["judges"]["critic"]["reason"] for answer in answers]
    assert reasons[4] == "the budget of the request is spent"
    assert len(server.asked) == 2


def test_the_closest_segments_of_a_batch_come_first(start: Serve, server: ChatServer) -> None:
    client = start(budget=1, both_orders=False)
    lead = {"a": "x", "b": "x", "c": "x", "d": "yes"}
    queries = [
        {"source": f"q {i}", "outputs": outputs, "kind": "labels", "combiner": "trained"}
        for i, outputs in enumerate([lead, TIE, lead])
    ]
    answers = client.post("/v1/combine/batch", json=queries).json()
    assert asked_of(answers) == [False, True, False]


def test_lines_are_judged_in_their_order_within_one_budget(
    start: Serve, server: ChatServer
) -> None:
    client = start(budget=1, both_orders=False)
    answers = batch(client, ["x", "why", "yes"], Accept="application/x-ndjson")
    assert asked_of(answers) == [False, True, False]


def test_several_judges_answer_for_themselves(start: Serve, server: ChatServer) -> None:
    stranger = json.dumps(server.entry(name="stranger"))
    judges = ask(start(more=f", {stranger}"))["judges"]
    assert judges["critic"]["status"] == "ok"
    assert judges["stranger"]["reason"] == "its scores cannot change the outcome"


def test_judges_are_listed_with_their_health_and_readiness_does_not_need_them(
    serve: Serve, server: ChatServer, tmp_path: Path
) -> None:
    lost = '{name: lost, callable: "no.such.module:function"}'
    roster = f"version: 1\nsystems: [{SYSTEMS}]\njudges: [{json.dumps(server.entry())}, {lost}]\n"
    client = serve(roster, combiner=judged.folder(tmp_path), state=tmp_path / "state")
    assert ask(client)["text"] == "yes"
    critic, other = client.get("/v1/judges").json()
    assert critic == {
        "name": "critic", "kind": "chat", "state": "ready", "reason": None, "circuit": "closed",
    }  # fmt: skip
    assert (other["name"], other["kind"], other["state"]) == ("lost", "callable", "failed")
    assert "ModuleNotFoundError" in other["reason"]
    assert client.get("/readyz").status_code == 200


def test_without_judges_nothing_is_said_of_them(client: TestClient) -> None:
    body = {"source": "q", "outputs": TIE, "kind": "labels"}
    assert "judges" not in client.post("/v1/combine", json=body).json()
    assert client.get("/v1/judges").json() == []


def test_an_uploaded_combiner_has_its_judges_asked(
    start: Serve, server: ChatServer, tmp_path: Path
) -> None:
    client = start()
    place = tmp_path / "combiner"
    (weights,) = place.glob("*.safetensors")
    form = {"manifest": (place / "manifest.json").read_bytes(), "weights": weights.read_bytes()}
    uploaded = client.post("/v1/combiners/mine", files=form)
    assert uploaded.status_code == 201, uploaded.text
    answer = ask(client, combiner="mine@1")
    assert (answer["text"], answer["judges"]["critic"]["status"]) == ("yes", "ok")


def test_the_sentences_of_a_text_share_one_budget(
    serve: Serve, server: ChatServer, tmp_path: Path
) -> None:
    functions = {"a": "upper", "b": "upper", "c": "strip", "d": "strip"}
    systems = ", ".join(
        f'{{name: {n}, callable: "builtins:str.{f}"}}' for n, f in functions.items()
    )
    critic = json.dumps(server.entry(both_orders=False))
    roster = f"version: 1\nsystems: [{systems}]\njudges: [{critic}]\njudge_budget: 1"
    combiner = judged.folder(tmp_path, "edits")
    client = serve(roster, combiner=combiner, state=tmp_path / "state")
    form = {"text": "One is here. Two are there. Three.", "language": "en-US"}
    checked = client.post("/v2/check", data=form)
    assert checked.status_code == 200, checked.text
    assert len(server.asked) == 1
