"""A system that is an HTTP endpoint, called with care: one address, one answer, bounded."""

import asyncio
import ipaddress
import json
import socket
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated, Any

import httpx
import stamina
from pydantic import (
    AfterValidator,
    Field,
    JsonValue,
    PositiveFloat,
    PositiveInt,
    field_validator,
)

from ensemble.systems.base import Health, SystemConfig, SystemFailure
from ensemble.systems.circuit_breaker import Breaker
from ensemble.systems.registry import register

_HOLD_IPV4 = [ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96")]


class EndpointConfig(SystemConfig):
    """How an endpoint is called, whatever it is asked.

    `timeout_s` is for all attempts together. After `failures` in a row nothing is sent for
    `pause_s`, then one segment to see.
    """

    timeout_s: PositiveFloat = 10
    attempts: PositiveInt = 3
    max_bytes: PositiveInt = 1 << 20
    allow_private: bool = False
    failures: PositiveInt = 5
    pause_s: PositiveFloat = 30


def checked_url(url: str) -> str:
    """Return `url` if it is one that is called.

    Raises:
        ValueError: it is not HTTP, or has a name and password in it, which would be seen.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError("only http:// and https:// are called")
    if parsed.userinfo:
        raise ValueError("a name and password in it would be seen by every reader of the file")
    return url


@register("http", key="url")
class HttpConfig(EndpointConfig):
    """The URL to POST a source to as JSON, and the place of the hypothesis in the JSON answer.

    `{source}` in any text of `request` stands for the source; `response` is a path of keys and
    list positions with dots between, as in `choices.0.text`.
    """

    url: Annotated[str, AfterValidator(checked_url)]
    request: JsonValue
    response: str = Field(min_length=1)

    @field_validator("request")
    @classmethod
    def _has_a_place_for_the_source(cls, request: JsonValue) -> JsonValue:
        if _fill(request, "") == request:
            raise ValueError("it must contain {source}")
        return request

    def system(self) -> "HttpSystem":
        """The system it describes, not started."""
        return HttpSystem(self)


class _Retriable(SystemFailure):
    """A failure that another attempt may not meet: no connection, too many requests, its own error.

    `wait_s` is how long the endpoint asked to be left alone, where it did.
    """

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Endpoint(ABC):
    """A system asked by POST; no proxy, no redirect, no address but the one checked."""

    def __init__(self, config: EndpointConfig, url: str) -> None:
        self.name = config.name
        self._limits = config
        self._url = httpx.URL(url)
        self._client: httpx.AsyncClient | None = None
        self._health = Health("stopped")
        self._breaker = Breaker(config.failures, config.pause_s)

    @abstractmethod
    def content(self, source: str) -> JsonValue:
        """Return the body sent for a source."""

    @abstractmethod
    def answer(self, source: str, body: bytes) -> str:
        """Return the hypothesis for a source that a body has.

        Raises:
            SystemFailure: it has none.
        """

    def headers(self) -> dict[str, str]:
        """Return the headers that are sent beside the usual ones.

        Raises:
            SystemFailure: one cannot be made.
        """
        return {}

    @property
    def health(self) -> Health:
        """Its state as of the last request: an endpoint is not called just to see it live."""
        if self._health.state in ("starting", "stopped"):
            return self._health
        return replace(self._health, circuit=self._breaker.circuit)

    async def start(self) -> None:
        """Open the client and check the address, without calling the endpoint."""
        await self.stop()
        # Environment proxies would be handed a request whose address was checked for another.
        self._client = httpx.AsyncClient(timeout=self._limits.timeout_s, trust_env=False)
        self._health = Health("ready")
        try:
            self.headers()
            await self._addresses()
        except SystemFailure as failure:
            self._health = Health("failed", failure.reason)

    async def correct(self, source: str) -> str:
        """POST the source, within `timeout_s` over all attempts.

        Raises:
            SystemFailure: no connection, a status other than 2xx, or an answer of another shape;
                or it failed so often that it is left alone.
        """
        if not self._breaker.admit():
            raise SystemFailure(f"left alone: {self._health.reason}")
        try:
            body = await self._by_the_deadline(source)
        except BaseException as error:
            self._breaker.failed()
            self._answered(Health("failed", _reason(error)))
            raise
        self._breaker.succeeded()
        try:
            answer = self.answer(source, body)
        except SystemFailure as failure:
            self._answered(Health("failed", failure.reason))
            raise
        self._answered(Health("ready"))
        return answer

    async def stop(self) -> None:
        """Close the client's connections."""
        self._health = Health("stopped")
        if self._client:
            await self._client.aclose()
            self._client = None

    def _answered(self, health: Health) -> None:
        """Take `health` from what a request came to, unless the system was stopped meanwhile."""
        if self._health.state != "stopped":
            self._health = health

    async def _by_the_deadline(self, source: str) -> bytes:
        timeout_s = self._limits.timeout_s
        try:
            async with asyncio.timeout(timeout_s) as deadline:
                return await self._attempt(source, deadline)
        except TimeoutError as error:
            raise SystemFailure(f"no answer within {timeout_s:g} s") from error

    async def _attempt(self, source: str, deadline: asyncio.Timeout) -> bytes:
        addresses = await self._addresses()

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
                address = addresses[(attempt.num - 1) % len(addresses)]
                return await self._post(address, source)
        raise AssertionError("stamina raises what the last attempt raised")

    async def _addresses(self) -> list[str]:
        """Resolve the host, and refuse it whole if one of its addresses is private."""
        url = self._url
        host = url.raw_host.decode("ascii")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, url.port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise SystemFailure(f"cannot resolve {host}: {why}") from error
        addresses = [str(entry[4][0]) for entry in found]
        if not self._limits.allow_private:
            for address in addresses:
                if not is_public(address):
                    raise SystemFailure(
                        f"{host} is the private address {address}; allow_private permits it"
                    )
        return addresses

    async def _post(self, address: str, source: str) -> bytes:
        """POST to the address that was checked, so that no second look-up can change it."""
        if self._client is None:
            raise SystemFailure(self._health.state)
        url = self._url
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address),
            json=self.content(source),
            headers={
                **self.headers(),
                "Host": url.netloc.decode("ascii"),
                "Accept-Encoding": "identity",
            },
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        try:
            response = await self._client.send(request, stream=True)
            try:
                return await self._body(response)
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _Retriable(f"cannot connect: {error}") from error
        except httpx.HTTPError as error:
            raise SystemFailure(f"{type(error).__name__}: {error}") from error

    async def _body(self, response: httpx.Response) -> bytes:
        if response.is_server_error or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            wait_s = _retry_after(response.headers.get("Retry-After", ""))
            raise _Retriable(f"answered with HTTP status {response.status_code}", wait_s)
        if not response.is_success:
            raise SystemFailure(f"answered with HTTP status {response.status_code}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise SystemFailure("answered with a compressed body, which it was not to")
        body = b""
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._limits.max_bytes:
                raise SystemFailure(f"answered with more than {self._limits.max_bytes} bytes")
        return body


class HttpSystem(Endpoint):
    """An endpoint that takes and gives JSON of whatever shape."""

    def __init__(self, config: HttpConfig) -> None:
        super().__init__(config, config.url)
        self._config = config

    def content(self, source: str) -> JsonValue:
        """Return the template with the source in it."""
        return _fill(self._config.request, source)

    def answer(self, source: str, body: bytes) -> str:
        """Return what stands where the answer is said to be.

        Raises:
            SystemFailure: nothing does, or no text.
        """
        return pick(body, self._config.response)


def _reason(error: BaseException) -> str:
    """Return in words why there is no answer."""
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


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet: not loopback, private or reserved."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = _inside(ip) if isinstance(ip, ipaddress.IPv6Address) else None
    if inner is not None:
        ip = inner
    return ip.is_global and not ip.is_multicast


def _inside(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64 or 6to4."""
    if any(ip in network for network in _HOLD_IPV4):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _fill(template: JsonValue, source: str) -> JsonValue:
    if isinstance(template, str):
        return template.replace("{source}", source)
    if isinstance(template, list):
        return [_fill(item, source) for item in template]
    if isinstance(template, dict):
        return {key: _fill(value, source) for key, value in template.items()}
    return template


def pick(body: bytes, path: str) -> str:
    """Return the text in a JSON body that `path`, keys and positions with dots between, leads to.

    Raises:
        SystemFailure: it is not JSON, or there is no text there.
    """
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SystemFailure("answered with a body that is not JSON") from error
    try:
        for key in path.split("."):
            value = value[int(key)] if isinstance(value, list) else value[key]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise SystemFailure(f"answered with JSON that has no {path}") from error
    if not isinstance(value, str):
        raise SystemFailure(f"answered with {type(value).__name__} at {path}, not text")
    return value
