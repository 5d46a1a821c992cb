"""Who is asking: the key of a request, whether it opens this route, whether it asks too often.

Leaves `key_id` in the request's scope: the id of the key, "" where keys are off. Clients of
LanguageTool have a key among the fields of their form: `admit` asks for it there.
"""

from functools import partial
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.access import OPEN, scope_for
from service.api.problem_responses import problem_response
from service.api.request_path import route_path
from service.core.problems import Problem, later
from service.core.rates import Rates
from service.store.keys import Key, Ring, Unread

FORM = "application/x-www-form-urlencoded"

_COOKIE = "consort_key"
_FORMS = "/v2/check"
_CHALLENGE = 'Bearer realm="consort"'


class Guard:
    """Lets a request through to the routes, or answers it with 401, 403 or 429.

    `ring` is `None` where keys are off, and `rates` where nobody's requests are counted.
    """

    def __init__(self, app: ASGIApp, ring: Ring | None, rates: Rates | None) -> None:
        self._app = app
        self._ring = ring
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            try:
                await self._admit(scope)
            except Problem as problem:
                response = problem_response(Request(scope), problem)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope) -> None:
        scope["key_id"] = ""
        path = route_path(scope)
        needed = scope_for(scope["method"], path)
        if needed == OPEN:
            return
        headers = Headers(scope=scope)
        text = _text(headers)
        if self._ring is not None and not text and path == _FORMS and _has_fields(scope, headers):
            scope["admit"] = partial(self._let_in, scope, needed)
        else:
            await self._let_in(scope, needed, text)

    async def _let_in(self, scope: Scope, needed: str, text: str) -> None:
        if self._ring is not None:
            key = _holder(self._ring, text)
            scope["key_id"] = key.id
            if needed not in key.scopes:
                raise Problem(
                    403,
                    f"this needs a key with the scope {needed}",
                    headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope"'},
                )
        if self._rates is not None:
            client = scope.get("client") or ("",)
            scope["caller"] = caller = scope["key_id"] or client[0]
            scope["rates"] = self._rates
            scope["rate_headers"] = await self._rates.request(caller)


async def _owner(request: Request) -> str:
    return str(request.scope.get("key_id", ""))


Owner = Annotated[str, Depends(_owner)]
"""The id of the key that a request came with, "" where keys are off: whose jobs and verdicts."""


async def admit(request: Request, key: str) -> None:
    """Let a request in by the key in its form, unless it was let in before that was read.

    Raises:
        Problem: 401, 403 or 429, as for any other request.
    """
    let_in = request.scope.get("admit")
    if let_in is not None:
        await let_in(key)


def _has_fields(scope: Scope, headers: Headers) -> bool:
    return headers.get("content-type", "").startswith(FORM) or bool(scope["query_string"])


def _holder(ring: Ring, text: str) -> Key:
    if not text:
        raise Problem(401, "this needs a key", headers={"WWW-Authenticate": _CHALLENGE})
    try:
        key = ring.holder(text)
    except Unread:
        raise later("the keys cannot be read at the moment") from None
    if key is None:
        challenge = f'{_CHALLENGE}, error="invalid_token"'
        raise Problem(401, "this key opens nothing", headers={"WWW-Authenticate": challenge})
    return key


def _text(headers: Headers) -> str:
    """Return the key that was sent: a bearer token, in a header of its own, or by our pages.

    Those have it in a cookie that pages of other sites cannot send (`SameSite=Strict`).
    """
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    return headers.get("x-api-key") or unquote(
        cookie_parser(headers.get("cookie", "")).get(_COOKIE, "")
    )
