"""Rosters whose members are models of `tests/model_server.py`, and what one asks of them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from service.api.app import create_app
from service.core.settings import Settings
from tests.local_client import LocalClient
from tests.model_server import ModelServer

KEY_VARIABLE = "PANEL_KEY"
KEY = "sk-panel-0123456789abcdef"
QUESTION = "Which city is the capital of France?"


def member(name: str, server: ModelServer, **keys: object) -> dict[str, object]:
    """The entry of a chat member; the model has its name. It is never left alone."""
    address = {"chat": server.url, "model": name, "allow_private": True}
    return {"name": name, **address, "attempts": 1, "failures": 10_000, **keys}


def roster(*systems: Mapping[str, object], **keys: object) -> str:
    """A roster as text."""
    return json.dumps({"version": 1, "systems": systems, **keys})


@contextmanager
def serving_panel(folder: Path, text: str, **settings: object) -> Iterator[TestClient]:
    """Serve a roster for as long as the context lasts."""
    (folder / "panel.yaml").write_text(text)
    with LocalClient(create_app(Settings(roster=folder / "panel.yaml", **settings))) as client:
        yield client


def chat(*messages: str, **keys: object) -> dict[str, Any]:
    """A request with messages of the user, by default one question."""
    said = [{"role": "user", "content": text} for text in messages or [QUESTION]]
    return {"model": "consort", "messages": said, **keys}


def answer(client: TestClient, *messages: str, **keys: object) -> dict[str, Any]:
    """The answer to a conversation."""
    response = client.post("/v1/chat/completions", json=chat(*messages, **keys))
    assert response.status_code == 200, response.text
    return dict(response.json())


def text_of(answer: Mapping[str, Any]) -> str:
    """The text of an answer."""
    [choice] = answer["choices"]
    return str(choice["message"]["content"])


def error_of(response: Any) -> tuple[int, str, str | None, str]:
    """Status, type, parameter and code of an error that is as OpenAI's clients expect it."""
    assert response.headers["content-type"] == "application/json", response.text
    body = response.json()
    assert set(body) == {"error"}
    error = body["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    return response.status_code, error["type"], error["param"], error["code"]
