"""Asks a chat endpoint within its requests per minute, counts the cost, and remembers answers."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from pydantic import JsonValue

from ensemble.systems.base import Health, SystemFailure
from ensemble.systems.chat_api import ChatApi, usage_in
from ensemble.systems.pace import Pace
from ensemble.systems.reply_cache import ReplyCache, request_key
from ensemble.systems.spending import Spent
from ensemble.systems.transport import Transport

T = TypeVar("T")


class ChatClient:
    """The client of one chat endpoint, which systems and judges use alike."""

    def __init__(self, api: ChatApi) -> None:
        self._api = api
        self._transport = Transport(api, api.url, api.headers, api.secret)
        self._pace = Pace(api.requests_per_minute) if api.requests_per_minute else None
        self._cache = ReplyCache() if api.cache else None

    @property
    def health(self) -> Health:
        """Its state as of the last request: an endpoint is not called just to see it live."""
        return self._transport.health

    async def start(self) -> None:
        """Open the client and check the address, without calling the endpoint."""
        await self._transport.start()

    async def stop(self) -> None:
        """Close the client's connections."""
        await self._transport.stop()

    async def ask(
        self, content: JsonValue, spent: Spent, read: Callable[[bytes], T], sample: int = 0
    ) -> T:
        """POST `content`, and return what `read` makes of the answer.

        The cost is added to `spent`, also for an answer that `read` refuses. Requests that differ
        only in `sample` are different ones to the cache. An answer in the cache that `read`
        refuses, as the roster has changed or the file is damaged, counts for nothing.

        Raises:
            SystemFailure: as `Transport.ask`.
        """
        if self._cache is None:
            _, answer = await self._sent(content, spent, read)
            return answer
        key = request_key(self._api.url, content, sample)
        body = await asyncio.to_thread(self._cache.get, key)
        if body is not None:
            with suppress(SystemFailure):
                answer = read(body)
                spent.remembered += 1
                return answer
        body, answer = await self._sent(content, spent, read)
        await asyncio.to_thread(self._cache.put, key, body)
        return answer

    async def _sent(
        self, content: JsonValue, spent: Spent, read: Callable[[bytes], T]
    ) -> tuple[bytes, T]:
        """Return the body of the answer to `content`, and what `read` makes of it."""
        if self._pace:
            await self._pace.turn()
        spent.calls += 1
        return await self._transport.ask(content, lambda body: self._read(body, spent, read))

    def _read(self, body: bytes, spent: Spent, read: Callable[[bytes], T]) -> tuple[bytes, T]:
        if usage := _usage(body):
            spent.add_tokens(*usage, self._api.cost(*usage))
        return body, read(body)


def _usage(body: bytes) -> tuple[int, int] | None:
    try:
        return usage_in(body)
    except SystemFailure:
        return None  # `read` refuses it, and says why


class ChatModel:
    """A system or a judge that is a chat endpoint: its name, its state and its client."""

    def __init__(self, name: str, api: ChatApi) -> None:
        self.name = name
        self._client = ChatClient(api)

    @property
    def health(self) -> Health:
        """Its state as of the last request: an endpoint is not called just to see it live."""
        return self._client.health

    async def start(self) -> None:
        """Open the client and check the address, without calling the endpoint."""
        await self._client.start()

    async def stop(self) -> None:
        """Close the client's connections."""
        await self._client.stop()
