"""Chat completions of a panel that corrects: models and other systems, whose edits are combined."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.contract.panels import (
    answer,
    chat,
    error_of,
    member,
    roster,
    serving_panel,
    text_of,
)
from tests.model_server import ModelServer


@pytest.fixture
def edits(model_server: ModelServer, tmp_path: Path) -> Iterator[TestClient]:
    """A panel that corrects: two models, and two systems that are not."""
    prompt = {"prompt": "Correct this: {source}"}
    members = [
        member("a", model_server, **prompt),
        member("b", model_server, **prompt),
        {"name": "articles", "callable": "tests.contract.correctors:articles"},
        {"name": "spelling", "callable": "tests.contract.correctors:spelling"},
    ]
    text = roster(*members, panel={"kind": "edits"})
    with serving_panel(tmp_path, text, state=tmp_path) as client:
        yield client


def test_a_panel_corrects_where_its_kind_is_edits(edits: TestClient, models: ModelServer) -> None:
    models.tell(a="says Here is the corrected sentence: I has an apple.", b="says I has an apple!")
    answered = answer(edits, "Correct me.", "I has a apple.")
    assert text_of(answered) == "I has an apple."
    evidence = answered["consort"]
    assert evidence["kind"] == "edits"
    assert {(c["replacement"], *c["voters"]) for c in evidence["candidates"]} == {
        ("an", "a", "articles", "b"),
        ("have", "articles"),
        ("!", "b"),
    }
    assert [asked.prompt for asked in models.asked] == ["Correct this: I has a apple."] * 2
    assert answered["usage"]["prompt_tokens"] == 20


@pytest.mark.parametrize(
    "told",
    [
        "Here is the corrected sentence:\n\nI has an apple.",
        "**Corrected:** I has an apple.",
        '"I has an apple."',
        "```\nI has an apple.\n```",
        "<think>Is it a or an?</think>\n\nI has an apple.",
        "I has an apple.\n\nNote: I changed the article.",
    ],
)
def test_what_a_model_puts_around_a_correction_is_taken_off(
    edits: TestClient, models: ModelServer, told: str
) -> None:
    models.tell(a=f"says {told}", b="says I'm sorry, but I can't help with that.")
    parts = answer(edits, "I has a apple.")["consort"]["systems"]
    assert parts["a"]["text"] == "I has an apple."
    assert parts["b"]["status"] == "failed"


def test_a_correction_that_was_cut_off_is_a_failure(edits: TestClient, models: ModelServer) -> None:
    models.tell(a="cut I has an", b="says I has an apple.\nI have an apple.")
    answered = answer(edits, "I has a apple.")
    assert text_of(answered) == "I has a apple."
    parts = answered["consort"]["systems"]
    assert parts["a"]["reason"] == "its answer was cut off after 1024 tokens"
    assert parts["b"]["reason"] == "answered 2 lines where the source has 1"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("role", ["user", "system"])
def test_where_there_is_nothing_to_correct_no_member_is_asked(
    edits: TestClient, models: ModelServer, role: str, stream: bool
) -> None:
    text = " \n" if role == "user" else "Correct me."
    request = {**chat(stream=stream), "messages": [{"role": role, "content": text}]}
    response = edits.post("/v1/chat/completions", json=request)
    assert error_of(response) == (400, "invalid_request_error", "messages", "text-empty")
    assert models.asked == []


def test_a_text_that_is_too_long_to_correct_is_refused(
    edits: TestClient, models: ModelServer
) -> None:
    response = edits.post("/v1/chat/completions", json=chat("word " * 5000))
    assert error_of(response) == (400, "invalid_request_error", "messages", "text-too-long")
    assert models.asked == []
