"""What every answer has: an id that the log has too, headers that keep a browser safe.

An answer may come with a policy of its own for what its page loads and runs.
An error that nothing else has turned into an answer becomes one here; while the service stops,
what comes anew is refused here; and here telemetry hears of what was answered.
"""

import logging
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problem_responses import problem_response
from service.api.request_path import route_path
from service.core.lifecycle import Traffic
from service.core.problems import later
from service.telemetry.exchange import Exchange, Heard
from service.telemetry.tracing import COMBINATIONS

_LOG = logging.getLogger(__name__)

_POLICY = (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'")
_HEADERS = [
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
_WATCHED = frozenset({"/livez", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Envelope:
    """The outermost layer; `hear` is who is told of each request once it has been answered."""

    def __init__(self, app: ASGIApp, traffic: Traffic, hear: Sequence[Heard]) -> None:
        self._app = app
        self._traffic = traffic
        self._hear = hear

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
        self._traffic.under_way += 1
        try:
            await self._answer(scope, receive, answer)
        finally:
            self._traffic.under_way -= 1
            exchange = _exchange(scope, declared, answer, began)
            for hear in self._hear:
                hear(exchange)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            if self._traffic.stopping and route_path(scope) not in _WATCHED:
                problem = later("the service is stopping")
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
    """An answer on its way out: gets its headers, and is measured."""

    __slots__ = ("_id", "_scope", "_send", "sent", "status")

    def __init__(self, scope: Scope, id_bytes: bytes, send: Send) -> None:
        self._scope, self._id, self._send = scope, id_bytes, send
        self.status = self.sent = 0

    async def send(self, message: Message) -> None:
        """Send a part of it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = message["headers"]
            names = {name for name, _ in own}
            policy = () if _POLICY[0] in names else (_POLICY,)
            # A refusal says itself which rate was exceeded.
            more = () if b"ratelimit-limit" in names else self._scope.get("rate_headers", ())
            message["headers"] = [*own, *policy, *_HEADERS, *more, (b"x-request-id", self._id)]
        else:
            self.sent += len(message.get("body", b""))
        await self._send(message)


_READ = frozenset({b"x-request-id", b"content-length", b"traceparent"})


def _request_id(sent: bytes | None) -> str:
    """Return the id that came with a request, if it is a UUID (with hyphens or not), or a new one.

    Nothing else is taken up, for it goes into logs and into the answer.
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
    )


def _template(scope: Scope) -> str:
    """Return the route that answered, not the path that was asked for: that could be anything."""
    return getattr(scope.get("route"), "path", "")
