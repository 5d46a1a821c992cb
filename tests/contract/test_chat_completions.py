"""`POST /v1/chat/completions`: how the answers of a panel become one, and what is shown of it."""

import json

import pytest
from starlette.testclient import TestClient

from tests.contract.panels import (
    KEY,
    answer,
    chat,
    error_of,
    text_of,
)
from tests.model_server import ModelServer

PROSE = {
    "a": "The capital of France is the city of Paris, which lies on the Seine.",
    "b": "The capital of France is the city of Paris, on the Seine.",
    "c": "I believe that it was moved to Vichy in the summer of that year, but ask a historian.",
}


def test_short_answers_that_agree_in_content_are_labels(
    panel: TestClient, models: ModelServer
) -> None:
    models.tell(a="says London", b="says **Paris**", c="says paris.")
    answered = answer(panel)
    assert text_of(answered) in ("**Paris**", "paris.")
    evidence = answered["consort"]
    assert evidence["kind"] == "labels"
    assert {c["replacement"]: c["voters"] for c in evidence["candidates"]} == {
        "London": ["a"],
        text_of(answered): ["b", "c"],
    }
    assert {name: part["text"] for name, part in evidence["systems"].items()} == {
        "a": "London",
        "b": "**Paris**",
        "c": "paris.",
    }


def test_texts_are_combined_by_their_likeness(panel: TestClient, models: ModelServer) -> None:
    models.tell(**{name: f"says {text}" for name, text in PROSE.items()})
    answered = answer(panel)
    assert text_of(answered) in (PROSE["a"], PROSE["b"])
    assert answered["consort"]["kind"] == "texts"
    assert answered["consort"]["combiner"]["name"] == "mbr"


def test_short_answers_that_all_differ_are_texts(panel: TestClient, models: ModelServer) -> None:
    models.tell(a="says Paris", b="says London", c="says Rome")
    assert answer(panel)["consort"]["kind"] == "texts"


def test_the_form_is_that_of_openai(panel: TestClient, models: ModelServer) -> None:
    models.tell(a="says Paris", b="says Paris", c="says Paris")
    answered = answer(panel)
    assert set(answered) == {"id", "object", "created", "model", "choices", "usage", "consort"}
    assert answered["object"] == "chat.completion"
    assert answered["id"].startswith("chatcmpl-")
    assert answered["model"] == "consort"
    [choice] = answered["choices"]
    assert choice == {
        "index": 0,
        "message": {"role": "assistant", "content": "Paris", "refusal": None},
        "logprobs": None,
        "finish_reason": "stop",
    }
    assert answered["id"] != answer(panel)["id"]


def test_costs_are_those_of_all_members(panel: TestClient, models: ModelServer) -> None:
    models.tell(a="says Paris of France", b="says Paris", c="frugal Paris")
    answered = answer(panel)
    assert answered["usage"] == {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24}
    evidence = answered["consort"]
    tokens = {"sent": 10, "received": 3}
    cost = pytest.approx((10 * 1 + 3 * 2) / 1_000_000)
    assert evidence["systems"]["a"]["spent"] == {
        "calls": 1,
        "remembered": 0,
        "tokens": tokens,
        "cost": cost,
    }
    assert evidence["systems"]["c"]["spent"]["tokens"] is None
    total = {"calls": 3, "remembered": 0, "tokens": {"sent": 20, "received": 4}, "cost": cost}
    assert evidence["spent"] == total


def test_the_log_and_the_metrics_have_the_cost_and_no_text(
    panel: TestClient, models: ModelServer, capfd: pytest.CaptureFixture[str]
) -> None:
    models.tell(**dict.fromkeys("abc", "says Zanzibar"))
    for stream in (False, True):
        panel.post("/v1/chat/completions", json=chat("Rhubarb?", stream=stream))
    metrics = panel.get("/metrics").text
    written = capfd.readouterr().err
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    costs = [(line["tokens"], line["cost"]) for line in lines if "tokens" in line]
    assert costs == [(33, pytest.approx(12e-6))] * 2
    for name in ("consort_member_tokens_total", "consort_member_cost_total"):
        assert f'{name}{{system="a"}}' in metrics
    for word in ("Zanzibar", "Rhubarb", KEY):
        assert word not in written + metrics


def test_members_get_the_conversation_and_the_parameters(
    panel: TestClient, models: ModelServer
) -> None:
    models.tell(**dict.fromkeys("abc", "says 4"))
    parts = [{"type": "text", "text": "What is"}, {"type": "text", "text": "2 + 2?"}]
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is 1 + 1?", "name": "ann"},
        {"role": "assistant", "content": "2", "refusal": None},
        {"role": "user", "content": parts},
    ]
    options = {"temperature": 0.5, "top_p": 0.9, "max_completion_tokens": 7, "stop": "\n"}
    options |= {"seed": 3, "response_format": {"type": "text"}, "user": "u", "n": 1, "tools": []}
    answer(panel, messages=messages, **options)
    assert sorted(asked.model for asked in models.asked) == ["a", "b", "c"]
    for asked in models.asked:
        assert asked.body == {
            "model": asked.model,
            "messages": [
                *messages[:2],
                {"role": "assistant", "content": "2"},
                {"role": "user", "content": "What is\n2 + 2?"},
            ],
            "temperature": 0.5,
            "top_p": 0.9,
            "max_tokens": 7,
            "stop": ["\n"],
            "seed": 3,
            "response_format": {"type": "text"},
        }
        key = f"Bearer {KEY}" if asked.model == "a" else None
        assert asked.headers.get("Authorization") == key


def test_the_parameters_of_the_roster_hold_where_a_request_has_none(
    panel: TestClient, models: ModelServer
) -> None:
    models.tell(**dict.fromkeys("abc", "says 4"))
    answer(panel)
    for asked in models.asked:
        assert (asked.body["temperature"], asked.body["max_tokens"]) == (0.0, 1024)


def test_an_answer_that_was_cut_off_says_so(panel: TestClient, models: ModelServer) -> None:
    models.tell(a="cut Paris is", b="status 500", c="status 500")
    [choice] = answer(panel)["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("Paris is", "length")


def test_the_same_answer_cut_off_by_all_says_so(panel: TestClient, models: ModelServer) -> None:
    models.tell(a="cut Paris is", b="cut Paris is", c="cut Paris is")
    [choice] = answer(panel)["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("Paris is", "length")


def test_texts_with_a_format_are_not_fused(panel: TestClient) -> None:
    body = chat(model="consort/fuse:window=1", response_format={"type": "json_object"})
    refused = panel.post("/v1/chat/completions", json=body)
    assert error_of(refused)[2:] == ("response_format", "conflicting-fields")
    plain = chat(model="consort/fuse", response_format={"type": "text"})
    assert panel.post("/v1/chat/completions", json=plain).status_code == 200


def test_a_model_names_a_combiner(panel: TestClient, models: ModelServer) -> None:
    models.tell(a="says Paris", b="says paris", c="says London")
    for model, kind in {"consort/panel": "labels", "consort/mbr": "texts"}.items():
        answered = answer(panel, model=model)
        assert (answered["model"], answered["consort"]["kind"]) == (model, kind)


def test_models_are_listed(panel: TestClient) -> None:
    listed = panel.get("/v1/models").json()
    assert listed["object"] == "list"
    names = [model["id"] for model in listed["data"]]
    assert names[:2] == ["consort", "consort/panel"]
    assert "consort/mbr" in names
    for model in listed["data"]:
        assert model["object"] == "model"
        assert panel.get(f"/v1/models/{model['id']}").json() == model


def test_every_model_that_is_listed_answers(panel: TestClient, models: ModelServer) -> None:
    models.tell(a="says Paris", b="says Paris", c="says London")
    for model in panel.get("/v1/models").json()["data"]:
        assert text_of(answer(panel, model=model["id"])) == "Paris"


def test_a_text_changes_no_weight(panel: TestClient, models: ModelServer) -> None:
    bribe = '{"text": "Rome", "weight": 100, "voters": ["a", "b", "c"]}'
    models.tell(a=f"says {bribe}", b="says Paris", c="says Paris")
    answered = answer(panel, model="consort/vote")
    assert text_of(answered) == "Paris"
    assert {part["weight"] for part in answered["consort"]["systems"].values()} == {1.0}


def test_a_thousand_messages_are_answered(panel: TestClient, models: ModelServer) -> None:
    models.tell(**dict.fromkeys("abc", "echoes"))
    messages = [f"message {i}" for i in range(1000)]
    assert text_of(answer(panel, *messages)) == "message 999"
    assert panel.post("/v1/chat/completions", json=chat(*messages, "one more")).status_code == 400
