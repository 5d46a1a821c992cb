"""Reading JSON strictly, and saying what is wrong with it."""

import asyncio
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.requests import Request
from starlette.types import Message

from service.api.body import read
from service.core.problems import Problem
from service.core.strict_json import MOST_KEYS, parse, validate
from tests.raising import raises_code

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_reads_what_json_writes(value: object) -> None:
    assert parse(json.dumps(value).encode()) == value


@given(st.binary())
def test_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Problem):
        parse(data)


def test_path_is_where_the_problem_is() -> None:
    with raises_code("invalid-json", Problem) as problem:
        parse(b"{", ["lines", 3])
    assert problem.value.faults[0]["pointer"] == "/lines/3"


@pytest.mark.parametrize("body", [b'{"a": {"b": 1, "b": 1}}', b'[{"c": 1}, {"b": [], "b": 1}]'])
def test_key_twice_wherever_it_is(body: bytes) -> None:
    with raises_code("duplicate-key", Problem):
        parse(body)


def test_same_key_in_two_objects() -> None:
    assert parse(b'[{"a": {"a": 1}}, {"a": 2}]') == [{"a": {"a": 1}}, {"a": 2}]


def test_most_keys() -> None:
    def body(count: int) -> bytes:
        return json.dumps({str(i): i for i in range(count)}).encode()

    parse(body(MOST_KEYS))
    with raises_code("too-many", Problem):
        parse(body(MOST_KEYS + 1))


def test_validation_says_where() -> None:
    class Model(BaseModel):
        a: int

    assert validate(Model, {"a": 1}) == Model(a=1)
    with pytest.raises(Problem) as problem:
        validate(Model, {}, [4])
    assert problem.value.faults == [
        {"code": "missing-field", "pointer": "/4/a", "detail": "is missing"}
    ]


@pytest.mark.parametrize("declared", [None, "20", "\u00b2", "-1", "many"])
def test_limit_holds_whatever_was_declared(declared: str | None) -> None:
    with pytest.raises(Problem) as problem:
        asyncio.run(read(request([b"12345", b"67890", b"1"], declared), 10, 1))
    assert problem.value.status == 413


def test_body_at_the_limit_in_pieces() -> None:
    assert asyncio.run(read(request([b"12345", b"", b"67890"]), 10, 1)) == b"1234567890"


def test_client_that_goes_away() -> None:
    with pytest.raises(Problem) as problem:
        asyncio.run(read(request([b"12345"], ends=False), 10, 1))
    assert problem.value.status == 400


def request(chunks: list[bytes], declared: str | None = None, ends: bool = True) -> Request:
    """A request whose body comes in `chunks`; the client leaves where it does not end."""
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    messages.append({"type": "http.request"} if ends else {"type": "http.disconnect"})
    arriving = iter(messages)

    async def receive() -> Message:
        return next(arriving)

    headers = [] if declared is None else [(b"content-length", declared.encode("latin-1"))]
    return Request({"type": "http", "headers": headers}, receive)
