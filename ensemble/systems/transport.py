"""Calls an HTTP endpoint: one checked address, bounded time and size, retries, a breaker."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import TypeVar

import aiohttp
import httpx
import stamina
from pydantic import BaseModel, JsonValue, PositiveFloat, PositiveInt
from yarl import URL

from ensemble.systems.addresses import resolve
from ensemble.systems.base import Health, SystemFailure
from ensemble.systems.circuit_breaker import Breaker
from ensemble.systems.turn import was_called_off

T = TypeVar("T")

_SHORTEST_SECRET = 16
_HIDDEN = b"[hidden]"


@dataclass(frozen=True, slots=True)
class Form:
    """Fields that are sent as `application/x-www-form-urlencoded`."""

    fields: Mapping[str, str]


Content = JsonValue | Form
"""The body of a request: a form, or anything else as JSON."""


class CallLimits(BaseModel):
    """How an endpoint is called, whatever it is asked.

    `timeout_s` is for all attempts together. After `failures` in a row nothing is sent for
    `pause_s`, then one request to see.
    """

    timeout_s: PositiveFloat = 10
    attempts: PositiveInt = 3
    max_bytes: PositiveInt = 1 << 20
    allow_private: bool = False
    failures: PositiveInt = 5
    pause_s: PositiveFloat = 30


class _Retriable(SystemFailure):
    """A failure that another attempt may not meet: no connection, too many requests, its own error.

    `wait_s` is how long the endpoint asked to be left alone, where it did.
    """

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Transport:
    """Asks one endpoint by POST; no proxy, no redirect, no address but the one checked.

    `headers` is called for each attempt, and raises a `SystemFailure` where one cannot be made.
    Where the endpoint quotes the `secret` that one of them has, neither its answer nor the reason
    of a failure has it.
    """

    def __init__(
        self,
        limits: CallLimits,
        url: str,
        headers: Callable[[], dict[str, str]],
        secret: Callable[[], str] = str,
    ) -> None:
        self._limits = limits
        self._url = httpx.URL(url)
        self._headers = headers
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None
        self._health = Health("stopped")
        self._breaker = Breaker(limits.failures, limits.pause_s)

    @property
    def health(self) -> Health:
        """Its state as of the last request: an endpoint is not called just to see it live."""
        if self._health.state in ("starting", "stopped"):
            return self._health
        return replace(self._health, circuit=self._breaker.circuit)

    async def start(self) -> None:
        """Open the client and check the address, without calling the endpoint."""
        await self.stop()
        self._breaker = Breaker(self._limits.failures, self._limits.pause_s)
        # Environment proxies would be handed a request whose address was checked for another.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=self._limits.timeout_s),
        )
        self._health = Health("ready")
        try:
            self._headers()
            await resolve(self._url, self._limits.allow_private)
        except SystemFailure as failure:
            self._health = Health("failed", failure.reason)

    async def ask(self, content: Content, read: Callable[[bytes], T]) -> T:
        """POST `content`, within `timeout_s` over all attempts, and return what `read` makes of it.

        Raises:
            SystemFailure: no connection, a status other than 2xx, or an answer that `read` refuses;
                or it failed so often that it is left alone.
        """
        if not self._breaker.admit():
            raise SystemFailure(f"left alone: {self._health.reason}")
        try:
            body = await self._by_the_deadline(content)
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and was_called_off():
                self._breaker.called_off()
                raise
            self._breaker.failed()
            self._answered(Health("failed", _reason(error)))
            raise
        self._breaker.succeeded()
        try:
            answer = read(body)
        except SystemFailure as failure:
            self._answered(Health("failed", failure.reason))
            raise
        self._answered(Health("ready"))
        return answer

    async def stop(self) -> None:
        """Close the client's connections."""
        self._health = Health("stopped")
        session, self._session = self._session, None
        if session:
            await session.close()

    def _answered(self, health: Health) -> None:
        """Take `health` from what a request came to, unless it was stopped meanwhile."""
        if self._health.state != "stopped":
            self._health = health

    async def _by_the_deadline(self, content: Content) -> bytes:
        timeout_s = self._limits.timeout_s
        try:
            async with asyncio.timeout(timeout_s) as deadline:
                return await self._attempt(content, deadline)
        except TimeoutError as error:
            raise SystemFailure(f"no answer within {timeout_s:g} s") from error

    async def _attempt(self, content: Content, deadline: asyncio.Timeout) -> bytes:
        addresses = await resolve(self._url, self._limits.allow_private)
        try:
            return await self._post(addresses[0], content)
        except _Retriable as failure:
            return await self._again(failure, addresses, content, deadline)

    async def _again(
        self,
        first: _Retriable,
        addresses: Sequence[str],
        content: Content,
        deadline: asyncio.Timeout,
    ) -> bytes:
        """Try again after the `first` attempt; retries cost more time than the usual request."""

        def wait(error: Exception) -> bool | float:
            if not isinstance(error, _Retriable) or error.wait_s is None:
                return isinstance(error, _Retriable)
            left = (deadline.when() or 0.0) - asyncio.get_running_loop().time()
            return error.wait_s if error.wait_s < left else False

        retries = stamina.retry_context(
            on=wait, attempts=self._limits.attempts, timeout=None, wait_jitter=0.1, wait_max=2
        )
        async for attempt in retries:
            with attempt:
                if attempt.num == 1:
                    raise first
                address = addresses[(attempt.num - 1) % len(addresses)]
                return await self._post(address, content)
        raise AssertionError("stamina raises what the last attempt raised")

    async def _post(self, address: str, content: Content) -> bytes:
        """POST to the address that was checked, so that no second look-up can change it."""
        if self._session is None:
            raise SystemFailure(self._health.state)
        url = self._url
        headers = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"}
        try:
            async with self._session.post(
                _at(url, address),
                json=None if isinstance(content, Form) else content,
                data=content.fields if isinstance(content, Form) else None,
                headers={**self._headers(), **headers},
                allow_redirects=False,
                server_hostname=url.raw_host.decode("ascii") if url.scheme == "https" else None,
            ) as response:
                return without_secret(await self._body(response), self._secret())
        except aiohttp.ClientConnectorError as error:
            raise _Retriable(f"cannot connect: {error.strerror or error}") from error
        except aiohttp.ClientError as error:
            # It may quote a line that the endpoint sent.
            shown = without_secret(_described(error).encode(), self._secret())
            raise SystemFailure(shown.decode()) from error

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        if response.status >= 500 or response.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait_s = _retry_after(response.headers.get("Retry-After", ""))
            raise _Retriable(f"answered with HTTP status {response.status}", wait_s)
        if not 200 <= response.status < 300:
            raise SystemFailure(f"answered with HTTP status {response.status}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise SystemFailure("answered with a compressed body, which it was not to")
        body = b""
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._limits.max_bytes:
                raise SystemFailure(f"answered with more than {self._limits.max_bytes} bytes")
        return body


def _described(error: aiohttp.ClientError) -> str:
    """Return in words why an exchange ended without an answer."""
    match error:
        case aiohttp.ClientPayloadError():
            return "closed the connection in the middle of its answer"
        case aiohttp.ServerDisconnectedError():
            return "closed the connection without an answer"
        case aiohttp.ClientResponseError():
            return f"answered with a message that is not HTTP: {error.message}"
    return f"{type(error).__name__}: {error}"


@lru_cache(maxsize=1024)
def _at(url: httpx.URL, address: str) -> URL:
    """Return the URL with the address that was checked in place of its host."""
    return URL(str(url.copy_with(host=address)), encoded=True)


def without_secret(body: bytes, secret: str) -> bytes:
    """Return a body without the `secret`, as it is or as JSON writes it.

    Short ones, such as `none`, are placeholders, and may be part of other words.
    """
    if len(secret) < _SHORTEST_SECRET:
        return body
    in_json = json.dumps(secret)[1:-1]
    for form in (secret, in_json, in_json.replace("/", "\\/")):
        body = body.replace(form.encode(), _HIDDEN)
    return body


def _reason(error: BaseException) -> str:
    """Return in words why a request was not answered."""
    if isinstance(error, SystemFailure):
        return error.reason
    if isinstance(error, asyncio.CancelledError):  # time ran out elsewhere
        return "no answer by the deadline of the request"
    return f"{type(error).__name__}: {error}"


def _retry_after(header: str) -> float | None:
    """Return the seconds that a `Retry-After` asks for, whichever of its two forms it has."""
    if header.strip().isdecimal():
        return float(header)
    try:
        when = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
