"""Strings of every kind go through whole: what all systems say comes out to the last character."""

import pytest
from starlette.testclient import TestClient

from tests.contract.zoo import zoo

STRINGS = zoo()
FORMS = ["{}", "a {} b", "a{}b", "{} {}"]


def test_there_are_five_hundred() -> None:
    assert len(STRINGS) == len(set(STRINGS)) == 500


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_what_all_say_comes_out(client: TestClient, form: str) -> None:
    texts = [form.format(string, string) for string in STRINGS]
    body = [
        {"source": f"It were {text}", "outputs": dict.fromkeys("abc", f"It was {text}")}
        for text in texts
    ]
    answer = client.post("/v1/combine/batch", json=body)
    assert answer.status_code == 200, answer.json()
    assert [one["text"] for one in answer.json()] == [f"It was {text}" for text in texts]


def test_what_nobody_changes_stays(client: TestClient) -> None:
    body = [{"source": f"x{s}", "outputs": {"a": f"x{s}", "b": None}} for s in STRINGS]
    answer = client.post("/v1/combine/batch", json=body)
    assert [one["text"] for one in answer.json()] == [f"x{s}" for s in STRINGS]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["edits", "texts", "labels"])
def test_strings_against_each_other(client: TestClient, kind: str) -> None:
    """Of two different strings something comes out, and no fault."""
    pairs = zip(STRINGS, [*STRINGS[1:], STRINGS[0]], strict=True)
    body = [
        {"source": f"a {one} b", "outputs": {"a": f"a {one}", "b": f"{two} b"}, "kind": kind,
         "combiner": "vote"}
        for one, two in pairs
    ]  # fmt: skip
    answer = client.post("/v1/combine/batch", json=body)
    assert answer.status_code == 200, answer.json()
    assert len(answer.json()) == 500
