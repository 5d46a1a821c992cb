"""Work goes on while the client is there, and no longer."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from service.api.disconnect import while_there
from service.core.problems import Problem
from tests.raising import raises_code


def request(*messages: str) -> Request:
    """A request of which these come, and then nothing for ever."""
    coming = iter(messages)

    async def receive() -> Message:
        for kind in coming:
            return {"type": kind}
        return await asyncio.get_running_loop().create_future()

    return Request({"type": "http"}, receive)


async def _answer() -> str:
    await asyncio.sleep(0.01)
    return "answer"


async def _long(ends: list[str]) -> None:
    try:
        await asyncio.sleep(3600)
    finally:
        ends.append("broken off")


def test_who_stays_is_answered() -> None:
    assert asyncio.run(while_there(request("http.request"), _answer())) == "answer"


def test_what_goes_wrong_is_told() -> None:
    async def wrong() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        asyncio.run(while_there(request(), wrong()))


def test_who_leaves_has_the_work_broken_off() -> None:
    ends: list[str] = []
    with raises_code("connection-closed", Problem):
        asyncio.run(while_there(request("http.request", "http.disconnect"), _long(ends)))
    assert ends == ["broken off"]


def test_who_breaks_off_the_waiting_breaks_off_the_work() -> None:
    ends: list[str] = []

    async def scenario() -> None:
        async with asyncio.timeout(0.05):
            await while_there(request(), _long(ends))

    with pytest.raises(TimeoutError):
        asyncio.run(scenario())
    assert ends == ["broken off"]
