"""Chat completions as streams: comments until the members have answered, then the answer."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from service.api.app import create_app
from service.api.resources import chat_completions
from service.core.settings import Settings
from tests.contract.conftest import running
from tests.contract.panels import chat, member, roster
from tests.model_server import ModelServer
from tests.waiting import wait_until

PATH = "/v1/chat/completions"
TEXT = "Paris, the capital of France,\n\n  lies on the Seine.  It has 2 million\tpeople."


@pytest.fixture(scope="module")
def url(model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a panel of two models that sends comments without delay."""
    folder = tmp_path_factory.mktemp("streams")
    (folder / "roster.yaml").write_text(roster(*(member(name, model_server) for name in "ab")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chat_completions, "_PING_S", 0.02)
        with running(create_app(Settings(roster=folder / "roster.yaml", state=folder))) as url:
            yield url


def events(text: str) -> list[Any]:
    """The data of the events of a stream; the last says that it is done."""
    data = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    assert data[-1] == "[DONE]"
    return [json.loads(datum) for datum in data[:-1]]


def test_the_pieces_of_a_stream_are_the_answer(panel: TestClient, models: ModelServer) -> None:
    models.tell(**dict.fromkeys("abc", f"says {TEXT}"))
    whole = panel.post(PATH, json=chat()).json()
    response = panel.post(PATH, json=chat(stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"].startswith("no-")
    begin, *middle, end = events(response.text)
    pieces = [chunk["choices"][0]["delta"]["content"] for chunk in middle]
    assert "".join(pieces) == whole["choices"][0]["message"]["content"] == TEXT
    assert len(pieces) > 5
    assert begin["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert end["choices"][0]["delta"] == {}
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in (begin, *middle, end)]
    assert reasons == [None] * (len(middle) + 1) + ["stop"]
    for chunk in (begin, *middle, end):
        assert chunk["object"] == "chat.completion.chunk"
        assert (chunk["id"], chunk["model"]) == (begin["id"], "consort")
        assert "usage" not in chunk
    assert set(end["consort"]) == set(whole["consort"])


def test_a_stream_ends_with_the_usage_where_it_is_asked_for(
    panel: TestClient, models: ModelServer
) -> None:
    models.tell(**dict.fromkeys("abc", "says Paris"))
    request = chat(stream=True, stream_options={"include_usage": True})
    *chunks, last = events(panel.post(PATH, json=request).text)
    assert {chunk["usage"] for chunk in chunks} == {None}
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 30, "completion_tokens": 3, "total_tokens": 33}


def test_comments_are_sent_while_members_stall(url: str, models: ModelServer) -> None:
    models.tell(a="stalls Paris", b="stalls Paris")
    with httpx.stream("POST", url + PATH, json=chat(stream=True)) as response:
        lines = response.iter_lines()
        comments = [next(lines) for _ in range(6)]
        assert comments == [": asking", "", ": keep-alive", "", ": keep-alive", ""]
        models.release()
        rest = [line for line in lines if line.startswith("data: ")]
    assert rest[-1] == "data: [DONE]"
    assert "Paris" in "".join(rest)


def test_a_client_that_leaves_a_stream_ends_the_calls_of_members(
    url: str, models: ModelServer
) -> None:
    models.tell(a="stalls Paris", b="stalls Paris")
    with httpx.stream("POST", url + PATH, json=chat(stream=True)) as response:
        lines = response.iter_lines()
        assert next(lines) == ": asking"
        wait_until(lambda: len(models.stalling) == 2)
    wait_until(lambda: sorted(models.left) == ["a", "b"])
    answers_still(url, models)


def test_a_client_that_leaves_ends_the_calls_of_members(url: str, models: ModelServer) -> None:
    models.tell(a="stalls Paris", b="stalls Paris")
    leave(url, models)
    wait_until(lambda: sorted(models.left) == ["a", "b"])
    answers_still(url, models)


def leave(url: str, models: ModelServer) -> None:
    """Send a conversation, and close the connection as soon as the members are asked."""
    body = json.dumps(chat()).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port)) as connection:
        connection.sendall(head.encode() + body)
        wait_until(lambda: len(models.stalling) == 2)


def answers_still(url: str, models: ModelServer) -> None:
    """Check that another conversation is answered by all members."""
    models.tell(a="says Paris", b="says Paris")
    answered = httpx.post(url + PATH, json=chat()).json()
    assert answered["consort"]["degraded"] is False


def test_clients_that_leave_do_not_make_a_member_be_left_alone(
    model_server: ModelServer, models: ModelServer, tmp_path: Path
) -> None:
    members = (member(name, model_server, failures=2) for name in "ab")
    (tmp_path / "roster.yaml").write_text(roster(*members))
    with running(create_app(Settings(roster=tmp_path / "roster.yaml", state=tmp_path))) as url:
        for count in (1, 2, 3):
            models.tell(a="stalls Paris", b="stalls Paris")
            leave(url, models)
            wait_until(lambda count=count: len(models.left) == 2 * count)
        answers_still(url, models)
