"""Options of built-in combiners over HTTP, as on the command line: `fuse:window=1`, `vote:k=2`."""

from typing import Any

import pytest
from starlette.testclient import TestClient

CALL = {
    "one": "at this time all participants are in listen only mode",
    "two": "this time all participants are in a listen only mode",
    "three": "at this time or participants are in a listen only mode",
}
EDITS = {"a": "I have an apple.", "b": "I has an apple.", "c": "I have an ample."}


def ask(client: TestClient, combiner: str, outputs: dict[str, str] = CALL) -> Any:
    body = {"source": "I has a apple.", "outputs": outputs, "combiner": combiner}
    return client.post("/v1/combine", json=body)


def test_an_option_is_used_and_signed(client: TestClient) -> None:
    apart = {"a": "x b c d e", "b": "a b c d y", "c": "x b c d y", "d": "a b c d e"}
    answers = {term: ask(client, term, apart).json() for term in ("fuse:window=1", "fuse")}
    assert "|window:1|" in answers["fuse:window=1"]["combiner"]["signature"]
    assert "|window:3|" in answers["fuse"]["combiner"]["signature"]
    assert {answer["combiner"]["name"] for answer in answers.values()} == {"fuse"}


def test_a_fused_text_says_who_proposed_each_change(client: TestClient) -> None:
    answer = ask(client, "fuse:window=2").json()
    assert answer["text"] == "at this time all participants are in a listen only mode"
    assert answer["backbone"] in CALL.values()
    assert all(set(candidate["voters"]) <= set(CALL) for candidate in answer["candidates"])


def test_votes_are_counted_as_asked_for(client: TestClient) -> None:
    assert ask(client, "vote:k=3", EDITS).json()["text"] == "I has an apple."
    assert ask(client, "vote:k=1", EDITS).json()["text"].startswith("I have an ")


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ("fuse:window=0", "window is at least 1, not 0"),
        ("fuse:window=101", "window is at most 100, not 101"),
        ("fuse:window=many", "the option window of the combiner 'fuse'"),
        ("fuse:width=1", "has no option 'width'; its options are window"),
        ("fuse:window=1,window=2", "an option is given twice"),
        ("fuse:", "an option is key=value"),
        ("mbr:window=1", "it takes no options"),
        ("vote:k=0", "k is at least 1, not 0"),
        (f"vote:k={'9' * 100}", "k is at most"),
    ],
)
def test_a_wrong_option_is_named(client: TestClient, term: str, fault: str) -> None:
    response = ask(client, term)
    assert response.status_code == 422, response.text
    assert response.json()["type"] == "/problems/invalid-value"
    assert fault in response.json()["errors"][0]["detail"]


@pytest.mark.parametrize("term", ["agreement:x=1", "nobody:x=1", ":", "learned-vote:k=2"])
def test_options_make_no_other_combiner_known(client: TestClient, term: str) -> None:
    response = ask(client, term)
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/unknown-combiner"


def test_the_options_are_described(client: TestClient) -> None:
    options = client.get("/v1/combiners").json()["options"]
    assert set(options) == {"fuse", "vote"}
    assert options["fuse"]["window"]["type"] == "integer"
    assert options["fuse"]["window"]["default"] == 3
    assert "words in a row" in options["fuse"]["window"]["description"]
    assert options["vote"]["k"]["default"] is None
