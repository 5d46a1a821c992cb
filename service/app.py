"""The HTTP door: its routes, the life of the systems behind it, what all answers have in common."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ensemble.roster import read_roster
from evaluation import VERSION
from service.api import (
    batch,
    check,
    combine,
    docs,
    evaluations,
    health,
    limits,
    pages,
    systems,
    validations,
)
from service.api.openapi import with_schemas
from service.engine import Engine
from service.limits import Busy, Refused
from service.problems import Document, Problem, problem_response
from service.settings import Settings

_LOG = logging.getLogger(__name__)

_HEADERS = [
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


def create_app(settings: Settings) -> FastAPI:
    """Return the service; its systems start when it does, and it answers before they are ready.

    Raises:
        RosterError: the roster cannot be used.
    """
    engine = Engine(read_roster(settings.roster), settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engine.start()
        yield
        await engine.stop()

    app = FastAPI(
        title="Consort",
        version=VERSION,
        summary="Combines the outputs of several systems into one, with the evidence.",
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
    )

    def openapi() -> dict[str, Any]:
        types = {
            "CheckRequest": check.CheckRequest,
            "CombineRequest": combine.CombineRequest,
            "EvaluationRequest": evaluations.EvaluationRequest,
            "Problem": Document,
            "ValidationRequest": validations.ValidationRequest,
        }
        return with_schemas(app.openapi(), types)

    for router in (
        combine.routes(engine, settings),
        batch.routes(engine, settings),
        check.routes(engine, settings),
        evaluations.routes(settings),
        validations.routes(settings),
        systems.routes(engine),
        limits.routes(settings),
        health.routes(engine),
        docs.routes(openapi),
        pages.routes(),
    ):
        app.include_router(router)
    for error in (Problem, Refused, Busy, TimeoutError, HTTPException):
        app.add_exception_handler(error, _problem)
    app.add_middleware(Envelope)
    return app


async def _problem(request: Request, error: Exception) -> Response:
    return problem_response(request, error)


class Envelope:
    """What every answer has: an id that the log has too, headers that keep a browser safe.

    An error that nothing else has turned into an answer becomes one here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = request_id = str(uuid4())
        id_bytes = request_id.encode()
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *_HEADERS, (b"x-request-id", id_bytes)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            _LOG.exception("request %s: %s %s", request_id, scope["method"], scope["path"])
            if started:
                raise
            response = problem_response(Request(scope), error)
            await response(scope, receive, send_with_headers)
