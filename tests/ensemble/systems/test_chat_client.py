"""The client of a chat endpoint: its cache, its pace and its costs, against stand-in models."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ensemble.systems import chat_client
from ensemble.systems.base import SystemFailure
from ensemble.systems.chat import ChatConfig
from ensemble.systems.chat_api import text_of
from ensemble.systems.chat_client import ChatClient
from ensemble.systems.pace import Pace
from ensemble.systems.reply_cache import ReplyCache
from ensemble.systems.spending import Spent
from tests.ensemble.systems.test_pace import Clock
from tests.model_server import ModelServer, serving_models

T = TypeVar("T")


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with serving_models() as server:
        yield server


@pytest.fixture
def models(server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    """The models, and a cache that is empty."""
    monkeypatch.setattr("ensemble.systems.reply_cache.FILE", tmp_path / "replies.db")
    server.reset()
    return server


def config(server: ModelServer, **keys: Any) -> ChatConfig:
    written = {"name": "m", "chat": server.url, "model": "m", "allow_private": True, "attempts": 1}
    return ChatConfig.model_validate({**written, **keys})


def used(config: ChatConfig, use: Callable[[ChatClient], Awaitable[T]]) -> T:
    """What `use` returns of a client that is started."""

    async def scenario() -> T:
        client = ChatClient(config)
        await client.start()
        try:
            return await use(client)
        finally:
            await client.stop()

    return asyncio.run(scenario())


def request(config: ChatConfig, text: str = "Which city?") -> Any:
    return config.request([{"role": "user", "content": text}])


def test_what_is_remembered_is_equal_and_sends_nothing(models: ModelServer) -> None:
    models.tell(m="says Paris")
    remembering = config(models, cache=True, price_in=1, price_out=1)

    async def twice(client: ChatClient) -> list[tuple[str, Spent]]:
        answers = []
        for _ in range(2):
            spent = Spent()
            answers.append((await client.ask(request(remembering), spent, text_of), spent))
        return answers

    (first, paid), (again, free) = used(remembering, twice)
    assert first == again == "Paris"
    assert paid == Spent(calls=1, tokens_in=10, tokens_out=1, cost=pytest.approx(11e-6))
    assert free == Spent(remembered=1)
    assert len(models.asked) == 1
    # Another client, as after a restart, knows it too.
    assert used(remembering, twice)[0] == ("Paris", Spent(remembered=1))
    assert len(models.asked) == 1


def test_another_request_or_sample_is_sent(models: ModelServer) -> None:
    models.tell(m="echoes")
    remembering = config(models, cache=True)

    async def several(client: ChatClient) -> list[str]:
        warm = {**request(remembering), "temperature": 0.5}
        asked = [(request(remembering), 0), (request(remembering), 1), (warm, 0)]
        asked += [(request(remembering, "And of Italy?"), 0)]
        return [await client.ask(content, Spent(), text_of, sample) for content, sample in asked]

    assert used(remembering, several) == ["Which city?"] * 3 + ["And of Italy?"]
    assert len(models.asked) == 4


def test_failures_and_refused_answers_are_not_remembered(models: ModelServer) -> None:
    remembering = config(models, cache=True)
    for told in ("status 500", "blank", "html"):
        models.tell(m=told)
        with pytest.raises(SystemFailure):
            used(remembering, lambda client: client.ask(request(remembering), Spent(), text_of))
    models.tell(m="says Paris")
    asked = used(remembering, lambda client: client.ask(request(remembering), Spent(), text_of))
    assert asked == "Paris"


def test_an_answer_in_the_cache_that_cannot_be_read_is_asked_for_anew(
    models: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.tell(m="says Paris")
    monkeypatch.setattr(ReplyCache, "get", lambda cache, key: b"rubbish")
    remembering, spent = config(models, cache=True), Spent()
    asked = used(remembering, lambda client: client.ask(request(remembering), spent, text_of))
    assert (asked, spent.calls, spent.remembered) == ("Paris", 1, 0)


def test_an_answer_that_is_refused_costs_all_the_same(models: ModelServer) -> None:
    models.tell(m="says Paris")
    usual, spent = config(models, price_in=0, price_out=1), Spent()

    def refuse(body: bytes) -> str:
        raise SystemFailure("refused")

    with pytest.raises(SystemFailure, match="refused"):
        used(usual, lambda client: client.ask(request(usual), spent, refuse))
    assert spent == Spent(calls=1, tokens_in=10, tokens_out=1, cost=pytest.approx(1e-6))


@pytest.mark.parametrize("told", ["frugal Paris", "odd usage"])
def test_usage_that_cannot_be_read_is_unknown(models: ModelServer, told: str) -> None:
    models.tell(m=told)
    usual, spent = config(models, price_in=1, price_out=1), Spent()
    assert used(usual, lambda client: client.ask(request(usual), spent, text_of)) == "Paris"
    assert spent == Spent(calls=1)


def test_calls_keep_the_pace_and_what_is_remembered_needs_none(
    models: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(chat_client, "Pace", lambda count: Pace(count, clock, clock.sleep))
    models.tell(m="echoes")
    paced = config(models, cache=True, requests_per_minute=1)

    async def several(client: ChatClient) -> list[float]:
        times = []
        for text in ("one", "one", "two", "two", "three"):
            await client.ask(request(paced, text), Spent(), text_of)
            times.append(clock.now - Clock.now)
        return times

    assert used(paced, several) == [0, 0, 60, 60, 120]
