"""Load shedding: rejects a request that no gate has room for, before reading its body."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.body import declared
from service.api.problem_responses import problem_response
from service.api.request_path import route_path
from service.core.admission import Busy

_COMBINE = "/v1/combine"


class LoadShedding:
    """Answers 503 to a combination whose body has more bytes than any gate has free units.

    A text never has more characters than bytes, so that few requests are rejected that would have
    been admitted; and to reject one here takes a fraction of the time to parse it.
    """

    def __init__(self, app: ASGIApp, has_room: Callable[[int], bool]) -> None:
        self._app = app
        self._has_room = has_room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and route_path(scope) == _COMBINE:
            size = declared(Headers(scope=scope))
            if size is not None and not self._has_room(size):
                await problem_response(Request(scope), Busy())(scope, receive, send)
                return
        await self._app(scope, receive, send)
