"""Authentication: checks the key of a request, its scope for the route, and its rate limits.

Puts `key_id` into the request's scope: the id of the key, "" if keys are off. Clients of
LanguageTool send the key as a field of their form, which is read later: `admit` checks it then.
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
from service.store.keys import Key, KeyStore, KeysUnavailable

FORM = "application/x-www-form-urlencoded"

_COOKIE = "consort_key"
_FORM_PATH = "/v2/check"
_FORM_METHODS = ("GET", "POST")
_CHALLENGE = 'Bearer realm="consort"'


class Authentication:
    """Passes a request on to the routes, or answers it with 401, 403 or 429.

    `keys` is `None` if keys are off, `rates` if there are no rate limits.
    """

    def __init__(self, app: ASGIApp, keys: KeyStore | None, rates: Rates | None) -> None:
        self._app = app
        self._keys = keys
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            try:
                await self._check(scope)
            except Problem as problem:
                response = problem_response(Request(scope), problem)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        scope["key_id"] = ""
        path = route_path(scope)
        needed = scope_for(scope["method"], path)
        if needed == OPEN:
            return
        headers = Headers(scope=scope)
        text = _key_text(headers)
        in_form = path == _FORM_PATH and scope["method"] in _FORM_METHODS
        if self._keys is not None and not text and in_form:
            scope["admit"] = partial(self._admit, scope, needed)
        else:
            await self._admit(scope, needed, text)

    async def _admit(self, scope: Scope, needed: str, text: str) -> None:
        if self._keys is not None:
            key = _valid_key(self._keys, text)
            scope["key_id"] = key.id
            if needed not in key.scopes:
                raise Problem(
                    "scope-missing",
                    f"this request needs a key with the scope {needed}",
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
"""The id of the request's key, "" if keys are off: the owner of its jobs and verdicts."""


async def admit(request: Request, key: str) -> None:
    """Check the key in a form, unless the request was admitted by a key in its headers.

    Raises:
        Problem: 401, 403 or 429, as for any other request.
    """
    check = request.scope.get("admit")
    if check is not None:
        await check(key)


def _valid_key(keys: KeyStore, text: str) -> Key:
    if not text:
        headers = {"WWW-Authenticate": _CHALLENGE}
        raise Problem("key-missing", "this request needs a key", headers=headers)
    try:
        key = keys.holder(text)
    except KeysUnavailable:
        raise later("database-unavailable", "the keys cannot be read at the moment") from None
    if key is None:
        headers = {"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'}
        raise Problem("key-invalid", "this key is not valid", headers=headers)
    return key


def _key_text(headers: Headers) -> str:
    """Return the key in the headers: as bearer token, in `X-API-Key`, or in a cookie of our pages.

    Pages of other sites cannot send the cookie (`SameSite=Strict`).
    """
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    return headers.get("x-api-key") or unquote(
        cookie_parser(headers.get("cookie", "")).get(_COOKIE, "")
    )
