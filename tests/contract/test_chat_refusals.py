"""Requests for chat completions that are refused: by OpenAI's error object, without a member."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.store import keys
from service.store.database import Database
from tests.contract.panels import KEY, QUESTION, chat, error_of, member, roster, serving_panel
from tests.model_server import ModelServer

PATH = "/v1/chat/completions"
JSON = {"content-type": "application/json"}
TOOL: dict[str, Any] = {"type": "function", "function": {"name": "f", "parameters": {}}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
INVALID = "invalid_request_error"


def said(**message: object) -> list[object]:
    """Messages with one of the user that has other keys."""
    return [{"role": "user", "content": QUESTION, **message}]


UNSUPPORTED: dict[str, tuple[dict[str, object], str]] = {
    "tools": ({"tools": [TOOL]}, "tools"),
    "tool_choice": ({"tool_choice": TOOL}, "tool_choice"),
    "tool_choice required": ({"tool_choice": "required"}, "tool_choice"),
    "functions": ({"functions": [{"name": "f"}]}, "functions"),
    "function_call": ({"function_call": {"name": "f"}}, "function_call"),
    "n": ({"n": 2}, "n"),
    "n of another type": ({"n": "many"}, "n"),
    "logprobs": ({"logprobs": True}, "logprobs"),
    "top_logprobs": ({"top_logprobs": 3}, "top_logprobs"),
    "logit_bias": ({"logit_bias": {"50256": -100}}, "logit_bias"),
    "audio": ({"audio": {"voice": "alloy", "format": "wav"}}, "audio"),
    "modalities": ({"modalities": ["text", "audio"]}, "modalities"),
    "prediction": ({"prediction": {"type": "content", "content": "x"}}, "prediction"),
    "web_search_options": ({"web_search_options": {"a": 1}}, "web_search_options"),
    "an image": ({"messages": said(content=[IMAGE])}, "messages[0].content"),
    "sound": ({"messages": said(content=[AUDIO])}, "messages[0].content"),
    "a call of a tool": ({"messages": said(tool_calls=[TOOL])}, "messages[0].tool_calls"),
    "a spoken message": ({"messages": said(audio={"id": "x"})}, "messages[0].audio"),
}

FAULTS: dict[str, tuple[dict[str, object], str, str]] = {
    "unknown field": ({"top_k": 5}, "top_k", "unknown-field"),
    "unknown field of a message": (
        {"messages": said(cache=1)},
        "messages[0].cache",
        "unknown-field",
    ),
    "no model": ({"model": None}, "model", "invalid-type"),
    "empty model": ({"model": ""}, "model", "text-empty"),
    "long model": ({"model": "m" * 201}, "model", "text-too-long"),
    "no messages": ({"messages": []}, "messages", "too-few"),
    "one text": ({"messages": QUESTION}, "messages", "invalid-type"),
    "many messages": ({"messages": said() * 1001}, "messages", "too-many"),
    "message of another type": ({"messages": [1]}, "messages[0]", "invalid-type"),
    "unknown role": ({"messages": said(role="tool")}, "messages[0].role", "unsupported-parameter"),
    "role of another type": ({"messages": said(role=[])}, "messages[0].role", "invalid-value"),
    "no content": ({"messages": said(content=None)}, "messages[0].content", "invalid-type"),
    "long content": (
        {"messages": said(content="a" * 65_537)},
        "messages[0].content",
        "text-too-long",
    ),
    "NUL": ({"messages": said(content="a\x00b")}, "messages[0].content", "invalid-characters"),
    "NUL in a part": (
        {"messages": said(content=[{"type": "text", "text": "\x00"}])},
        "messages[0].content",
        "invalid-characters",
    ),
    "surrogate": (
        {"messages": said(content="\ud800")},
        "messages[0].content",
        "invalid-characters",
    ),
    "surrogate in a format": (
        {"response_format": {"a": ["\udfff"]}},
        "response_format",
        "invalid-characters",
    ),
    "high temperature": ({"temperature": 2.5}, "temperature", "invalid-value"),
    "temperature as text": ({"temperature": "0.5"}, "temperature", "invalid-type"),
    "no tokens": ({"max_tokens": 0}, "max_tokens", "invalid-value"),
    "half a token": ({"max_completion_tokens": 1.5}, "max_completion_tokens", "invalid-type"),
    "seed as text": ({"seed": "5"}, "seed", "invalid-type"),
    "many stops": ({"stop": ["a"] * 17}, "stop", "too-many"),
    "stop of another type": ({"stop": [1]}, "stop[0]", "invalid-type"),
    "stream as a number": ({"stream": 1}, "stream", "invalid-type"),
    "stream options": ({"stream_options": {"x": 1}}, "stream_options.x", "unknown-field"),
    "format as text": ({"response_format": "json"}, "response_format", "invalid-type"),
}

BODIES: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "invalid-json"),
    "half": (b'{"model": "consort"', 400, "invalid-json"),
    "not UTF-8": (b'{"model": "\xff"}', 400, "invalid-json"),
    "NaN": (b'{"model": "consort", "temperature": NaN}', 400, "invalid-json"),
    "a list": (b"[]", 400, "invalid-type"),
    "a number": (b"1", 400, "invalid-type"),
    "twice": (b'{"model": "a", "model": "b"}', 400, "duplicate-key"),
    "deep": (b'{"metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "invalid-json"),
    "many keys": (json.dumps({f"k{i}": 1 for i in range(200)}).encode(), 400, "too-many"),
    "large": (b" " * ((1 << 20) + 1), 413, "body-too-large"),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_a_panel_does_not_give_is_refused(
    panel: TestClient, models: ModelServer, name: str, stream: bool
) -> None:
    more, param = UNSUPPORTED[name]
    response = panel.post(PATH, json=chat(stream=stream, **more))
    assert error_of(response) == (400, INVALID, param, "unsupported-parameter")
    assert models.asked == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_parameter(
    panel: TestClient, models: ModelServer, name: str
) -> None:
    more, param, code = FAULTS[name]
    content = json.dumps({**chat(), **more})
    response = panel.post(PATH, content=content, headers=JSON)
    assert error_of(response) == (400, INVALID, param, code)
    assert models.asked == []


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_read_is_refused(panel: TestClient, name: str) -> None:
    body, status, code = BODIES[name]
    assert error_of(panel.post(PATH, content=body, headers=JSON)) == (status, INVALID, None, code)


def test_values_that_mean_absence_are_not_refused(panel: TestClient, models: ModelServer) -> None:
    models.tell(**dict.fromkeys("abc", "says Paris"))
    absent: dict[str, object] = {"tools": [], "tool_choice": "auto", "functions": None, "n": 1}
    absent |= {"logprobs": False, "top_logprobs": 0, "modalities": ["text"], "audio": None}
    absent |= {"logit_bias": {}, "parallel_tool_calls": True, "store": False, "user": "u"}
    assert panel.post(PATH, json=chat(**absent)).is_success


@pytest.mark.parametrize(
    "model",
    ["gpt-4o", "consort/", "consort/none", "consort/agreement", "consort/vote:x=1", "CONSORT"],
)
def test_an_unknown_model_is_not_found(panel: TestClient, models: ModelServer, model: str) -> None:
    expected = (404, INVALID, "model", "model_not_found")
    assert error_of(panel.post(PATH, json=chat(model=model))) == expected
    assert error_of(panel.get(f"/v1/models/{model}")) == expected
    assert models.asked == []


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_media_type_is_refused(panel: TestClient, media_type: str) -> None:
    response = panel.post(PATH, content=b"{}", headers={"content-type": media_type})
    assert error_of(response) == (415, INVALID, None, "unsupported-media-type")


def test_a_compressed_body_is_refused(panel: TestClient) -> None:
    response = panel.post(PATH, content=b"{}", headers={**JSON, "content-encoding": "gzip"})
    assert error_of(response) == (415, INVALID, None, "unsupported-media-type")


def test_another_method_is_refused(panel: TestClient) -> None:
    assert error_of(panel.get(PATH)) == (405, INVALID, None, "method-not-allowed")
    assert error_of(panel.delete("/v1/models/consort"))[::3] == (405, "method-not-allowed")


def test_a_roster_without_models_has_no_panel(tmp_path: Path) -> None:
    text = roster({"name": "same", "callable": "builtins:str.strip"})
    with serving_panel(tmp_path, text, state=tmp_path) as client:
        assert client.get("/v1/models").json() == {"object": "list", "data": []}
        response = client.post(PATH, json=chat())
        assert error_of(response) == (404, INVALID, "model", "model_not_found")
        assert "no `chat` members" in response.json()["error"]["message"]


def test_keys_and_rates(model_server: ModelServer, models: ModelServer, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'consort.db'}")
    database.migrate()
    key, reader = (keys.create(database, n, [n], 1)[1] for n in ("combine", "read"))
    database.close()
    models.tell(a="says Paris")
    settings = {"state": tmp_path, "require_keys": True, "requests_per_minute": 2}
    with serving_panel(tmp_path, roster(member("a", model_server)), **settings) as client:

        def ask(text: str) -> Any:
            return client.post(PATH, json=chat(), headers={"Authorization": f"Bearer {text}"})

        while ask("x").status_code == 503:
            pass
        missing = client.post(PATH, json=chat())
        for response in (missing, ask("x"), ask(KEY)):
            assert error_of(response) == (401, "authentication_error", None, "invalid_api_key")
        assert error_of(ask(reader)) == (403, "permission_error", None, "scope-missing")
        assert [ask(key).status_code for _ in range(2)] == [200, 200]
        late = ask(key)
        assert error_of(late) == (429, "rate_limit_error", None, "rate_limit_exceeded")
        assert int(late.headers["retry-after"]) > 0
