"""The outermost middleware: request ids, security headers, unhandled errors, shutdown, telemetry.

Each answer gets the request's id, which the log has too, and headers that protect browsers; a route
may set a content security policy of its own. An unhandled error becomes a problem document. While
the service is stopping, new requests are refused.
"""

import logging
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problem_responses import problem_response
from service.api.request_path import route_path
from service.core.lifecycle import Lifecycle
from service.core.problems import later
from service.telemetry.exchange import Exchange, RequestListener
from service.telemetry.tracing import COMBINATIONS

_LOG = logging.getLogger(__name__)

_POLICY = (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'")
_HEADERS = [
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
_MONITORING = frozenset({"/livez", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestContext:
    """The outermost middleware; `listeners` are called with each answered request."""

    def __init__(
        self, app: ASGIApp, lifecycle: Lifecycle, listeners: Sequence[RequestListener]
    ) -> None:
        self._app = app
        self._lifecycle = lifecycle
        self._listeners = listeners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        declared = {k: v for k, v in scope["headers"] if k in _READ}
        scope["request_id"] = request_id = _request_id(declared.get(b"x-request-id"))
        answer = _Answer(scope, request_id.encode(), send)
        COMBINATIONS.set([])
        self._lifecycle.requests_in_progress += 1
        try:
            await self._answer(scope, receive, answer)
        finally:
            self._lifecycle.requests_in_progress -= 1
            exchange = _exchange(scope, declared, answer, began)
            for listener in self._listeners:
                listener(exchange)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            if self._lifecycle.stopping and route_path(scope) not in _MONITORING:
                problem = later("stopping", "the service is stopping")
                problem.headers["Connection"] = "close"
                scope["refused"] = {"stopping": 1}
                await problem_response(Request(scope), problem)(scope, receive, answer.send)
            else:
                await self._app(scope, receive, answer.send)
        except Exception as error:
            request_id, method, path = scope["request_id"], scope["method"], _template(scope)
            _LOG.exception("request %s: %s %s", request_id, method, path)
            if answer.status:
                raise
            await problem_response(Request(scope), error)(scope, receive, answer.send)


class _Answer:
    """Adds headers to an answer while it is sent, and records its status and size."""

    __slots__ = ("_id", "_scope", "_send", "sent", "status")

    def __init__(self, scope: Scope, id_bytes: bytes, send: Send) -> None:
        self._scope, self._id, self._send = scope, id_bytes, send
        self.status = self.sent = 0

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            names = {name for name, _ in headers}
            policy = () if _POLICY[0] in names else (_POLICY,)
            # A refusal has its own headers, for the rate that was exceeded.
            rates = () if b"ratelimit-limit" in names else self._scope.get("rate_headers", ())
            message["headers"] = [*headers, *policy, *_HEADERS, *rates, (b"x-request-id", self._id)]
        else:
            self.sent += len(message.get("body", b""))
        await self._send(message)


_READ = frozenset({b"x-request-id", b"content-length", b"traceparent"})


def _request_id(sent: bytes | None) -> str:
    """Return the id that the client sent, if it is a UUID with or without hyphens, or a new one.

    Other text is not accepted, because the id goes into logs and into the answer.
    """
    if sent is not None and len(sent) in (32, 36):
        try:
            return str(UUID(sent.decode("ascii")))
        except ValueError:
            pass
    return str(uuid4())


def _exchange(
    scope: Scope, declared: dict[bytes, bytes], answer: _Answer, began: float
) -> Exchange:
    length = declared.get(b"content-length", b"0")
    return Exchange(
        id=scope["request_id"],
        method=scope["method"] if scope["method"] in _METHODS else "other",
        route=_template(scope),
        status=answer.status,
        began=began,
        seconds=time.perf_counter() - began,
        key_id=scope.get("key_id", ""),
        received=int(length) if length.isdigit() else 0,
        sent=answer.sent,
        refused=scope.get("refused", {}),
        parent=declared.get(b"traceparent", b"").decode("latin-1"),
        spent=scope.get("spent"),
    )


def _template(scope: Scope) -> str:
    """Return the template of the route; not the path, which may contain any text."""
    return getattr(scope.get("route"), "path", "")
