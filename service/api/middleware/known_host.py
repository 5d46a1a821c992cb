"""Refuses requests for other hosts, and writes by pages of other origins, where keys are off.

A page of any site can give its own name the address 127.0.0.1 (DNS rebinding): the browser then
takes the service for a part of that site, and lets the page read and write. Only the name in `Host`
tells such a request from one of the developer.
"""

import ipaddress
import re
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.middleware.cross_origin import is_open_to_pages
from service.api.problem_responses import problem_response
from service.api.request_path import route_path
from service.core.problems import Problem
from service.core.settings import Settings

_PROBES = ("/livez", "/readyz")
"""Asked by orchestrators under any address; they say nothing to a page."""
_OF_LANGUAGETOOL = "/v2/"
"""Its clients send the name of their usual server, whatever address they are given; a page learns
only the mistakes in a text of its own."""
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\s:,@/\[\]]+))(?::[0-9]{1,5})?")
_READING = ("GET", "HEAD", "OPTIONS")


def allowed_hosts(settings: Settings) -> frozenset[str] | None:
    """Return the names and addresses that requests may be for, beside loopback ones; None: any.

    Those of `allowed_hosts`, if it is set. Otherwise any where a key is needed, which a page of
    another site does not have, or a proxy authenticates; and else the one that is served.
    """
    if settings.allowed_hosts is not None:
        return None if "*" in settings.allowed_hosts else frozenset(settings.allowed_hosts)
    if settings.require_keys or settings.insecure:
        return None
    return frozenset((settings.host.lower(),))


class KnownHost:
    """Passes on requests for loopback or one of `hosts`, and writes that no other page sends."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = route_path(scope) if scope["type"] == "http" else _PROBES[0]
        if path not in _PROBES and not path.startswith(_OF_LANGUAGETOOL):
            try:
                self._check(scope)
            except Problem as problem:
                await problem_response(Request(scope), problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        given = ", ".join(headers.getlist("host"))  # two of them name neither
        name = host_of(given)
        if name not in self._hosts and not is_loopback(name):
            detail = f"this service is not {name[:99]!r}; allowed_hosts names its hosts"
            raise Problem("host-not-allowed", detail)
        origin = headers.get("origin")
        if origin is None or scope["method"] in _READING:
            return
        is_own = origin.partition("://")[2].lower() == given.lower()
        if not is_own and not is_open_to_pages(scope["method"], route_path(scope)):
            raise Problem("cross-site-request", "pages of other sites may not send this request")


def host_of(header: str) -> str:
    """Return the name or address in a `Host` header, in lower case and without port or brackets.

    A header in another form is returned as it is: a service never has such a name.
    """
    found = _HOST.fullmatch(header.strip().lower())
    return (found[1] or found[2]).removesuffix(".") if found else header


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Return whether a name or an address is that of this machine, for itself alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
