"""Lets pages of other origins read the answers of some routes (CORS), if the settings name them.

Pages may combine and check texts and read the facts about the service. They may neither write
(keys, jobs, combiners, feedback) nor read what others sent (jobs). Credentials of the browser, such
as the cookie of our own pages, are never accepted from them; keys are sent in a header or a form.
"""

import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.request_path import route_path

_ANY_HOST = "://*"
_COMBINING = ("/v1/combine", "/v1/chat/completions")
_READING = (
    *("/v1/combiners", "/v1/competence", "/v1/judges", "/v1/limits", "/v1/metrics"),
    *("/v1/models", "/v1/systems"),
)
_EXPOSED = (
    *("Retry-After", "X-Request-ID", "WWW-Authenticate"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
)
"""Headers of answers that pages may read."""


class CrossOrigin:
    """Adds the headers of CORS for `origins`, and answers preflight requests, on open routes.

    An origin is `*`, `https://host`, or `moz-extension://*` for all extensions of a browser.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        schemes = [origin.removesuffix(_ANY_HOST) for origin in origins if _ANY_HOST in origin]
        self._cors = CORSMiddleware(
            app,
            allow_origins=[origin for origin in origins if _ANY_HOST not in origin],
            allow_origin_regex="|".join(f"{re.escape(scheme)}://[^/]+" for scheme in schemes)
            or None,
            allow_methods=("GET", "HEAD", "POST"),
            allow_headers=("*",),
            allow_credentials=False,
            # Browsers ask this where a public page calls a service in a private network.
            allow_private_network=True,
            expose_headers=_EXPOSED,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        open_to_pages = scope["type"] == "http" and is_open_to_pages(
            _method(scope), route_path(scope)
        )
        await (self._cors if open_to_pages else self._app)(scope, receive, send)


def _method(scope: Scope) -> str:
    """Return the method of a request, or the one that a preflight request asks about."""
    asked = Headers(scope=scope).get("access-control-request-method")
    method: str = scope["method"]
    return asked if method == "OPTIONS" and asked is not None else method


def is_open_to_pages(method: str, path: str) -> bool:
    """Return whether pages of other origins may use a route, where the settings name them."""
    if path.startswith("/v2/"):
        return True
    prefixes = {"POST": _COMBINING, "GET": _READING, "HEAD": _READING}.get(method, ())
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)
