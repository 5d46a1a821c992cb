"""A system that is an HTTP endpoint, called with care: one address, one answer, bounded."""

import asyncio
import ipaddress
import json
import socket
from typing import Any

import httpx
import stamina
from pydantic import Field, JsonValue, PositiveFloat, PositiveInt, field_validator

from ensemble.systems.base import Health, SystemConfig, SystemFailure

_HOLD_IPV4 = [ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96")]


class HttpConfig(SystemConfig):
    """Where to POST a source as JSON, and where in the JSON answer the hypothesis is.

    `{source}` in any text of `request` stands for the source; `response` is a path of keys and
    list positions with dots between, as in `choices.0.text`.
    """

    url: str
    request: JsonValue
    response: str = Field(min_length=1)
    timeout_s: PositiveFloat = 10
    attempts: PositiveInt = 3
    max_bytes: PositiveInt = 1 << 20
    allow_private: bool = False

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ValueError(str(error)) from error
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise ValueError("only http:// and https:// are called")
        return url

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
    """A failure that another attempt may not meet: no connection, or the server's own error."""


class HttpSystem:
    """An endpoint asked by POST; no proxy, no redirect, no address but the one checked."""

    def __init__(self, config: HttpConfig) -> None:
        self.name = config.name
        self._config = config
        self._client: httpx.AsyncClient | None = None
        self._health = Health("stopped")

    @property
    def health(self) -> Health:
        """Its state as of the last request: an endpoint is not called just to see it live."""
        return self._health

    async def start(self) -> None:
        """Open the client and check the address, without calling the endpoint."""
        # Environment proxies would be handed a request whose address was checked for another.
        self._client = httpx.AsyncClient(timeout=self._config.timeout_s, trust_env=False)
        self._health = Health("ready")
        try:
            await self._addresses()
        except SystemFailure as failure:
            self._health = Health("failed", failure.reason)

    async def correct(self, source: str) -> str:
        """POST the source, within `timeout_s` over all attempts.

        Raises:
            SystemFailure: no connection, a status other than 2xx, or an answer of another shape.
        """
        try:
            async with asyncio.timeout(self._config.timeout_s):
                answer = await self._attempt(source)
        except TimeoutError:
            failure = SystemFailure(f"no answer within {self._config.timeout_s:g} s")
        except SystemFailure as met:
            failure = met
        else:
            self._health = Health("ready")
            return answer
        self._health = Health("failed", failure.reason)
        raise failure

    async def stop(self) -> None:
        """Close the client's connections."""
        self._health = Health("stopped")
        if self._client:
            await self._client.aclose()
            self._client = None

    async def _attempt(self, source: str) -> str:
        addresses = await self._addresses()
        retries = stamina.retry_context(
            on=_Retriable, attempts=self._config.attempts, timeout=None, wait_jitter=0.1, wait_max=2
        )
        async for attempt in retries:
            with attempt:
                address = addresses[(attempt.num - 1) % len(addresses)]
                return _pick(await self._post(address, source), self._config.response)
        raise AssertionError("stamina raises what the last attempt raised")

    async def _addresses(self) -> list[str]:
        """Resolve the host, and refuse it whole if one of its addresses is private."""
        url = httpx.URL(self._config.url)
        host = url.raw_host.decode("ascii")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, url.port, type=socket.SOCK_STREAM
            )
        except OSError as error:
            raise SystemFailure(f"cannot resolve {host}: {error.strerror}") from error
        addresses = [str(entry[4][0]) for entry in found]
        if not self._config.allow_private:
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
        url = httpx.URL(self._config.url)
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address),
            json=_fill(self._config.request, source),
            headers={"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"},
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
        if response.is_server_error:
            raise _Retriable(f"answered with HTTP status {response.status_code}")
        if not response.is_success:
            raise SystemFailure(f"answered with HTTP status {response.status_code}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise SystemFailure("answered with a compressed body, which it was not to")
        body = b""
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._config.max_bytes:
                raise SystemFailure(f"answered with more than {self._config.max_bytes} bytes")
        return body


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


def _pick(body: bytes, path: str) -> str:
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
