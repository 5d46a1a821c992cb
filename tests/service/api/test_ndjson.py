"""Bodies that come in pieces: to lines, and kept until somebody takes them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from service.api.ndjson import Arrival, split
from service.core.problems import Problem

LIMIT = 5


async def in_pieces(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def lines_of(pieces: list[bytes]) -> list[bytes | None]:
    async def collect() -> list[bytes | None]:
        return [line async for line in split(in_pieces(pieces), LIMIT)]

    return asyncio.run(collect())


@given(st.lists(st.text("ab\n", max_size=12).map(str.encode)))
def test_lines_do_not_depend_on_the_pieces(pieces: list[bytes]) -> None:
    expected = b"".join(pieces).split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert lines_of(pieces) == [line if len(line) <= LIMIT else None for line in expected]


def receiving(messages: list[Message], then: Message | None = None) -> Receive:
    """Give `messages`, then `then` or nothing any more."""
    arriving = iter(messages)

    async def receive() -> Message:
        for message in arriving:
            return message
        if then is None:
            await asyncio.Event().wait()
        assert then is not None
        return then

    return receive


def chunk(data: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": data, "more_body": more}


def taken(receive: Receive, limit: int = 100, pause_s: float = 0) -> bytes:
    async def take() -> bytes:
        async with Arrival(receive, limit, 0.1) as arrival:
            await asyncio.sleep(pause_s)
            return b"".join([block async for block in arrival.blocks()])

    return asyncio.run(take())


@pytest.mark.parametrize("pause_s", [0, 0.05])
def test_all_that_arrives_is_kept(pause_s: float) -> None:
    messages = [chunk(b"one "), chunk(b""), chunk(b"two "), chunk(b"three", more=False)]
    assert taken(receiving(messages), pause_s=pause_s) == b"one two three"


def test_more_than_fits_in_memory() -> None:
    messages = [chunk(b"x" * 100_000)] * 30 + [chunk(b"", more=False)]
    assert taken(receiving(messages), limit=1 << 22) == b"x" * 3_000_000


def test_too_much() -> None:
    with pytest.raises(Problem) as problem:
        taken(receiving([chunk(b"x" * 60), chunk(b"x" * 60, more=False)]))
    assert problem.value.status == 413


def test_nothing_comes() -> None:
    with pytest.raises(Problem) as problem:
        taken(receiving([chunk(b"one")]))
    assert problem.value.status == 408


def test_client_goes_away() -> None:
    with pytest.raises(ClientDisconnect):
        taken(receiving([chunk(b"one", more=False)], {"type": "http.disconnect"}), pause_s=0.05)
