"""The HTTP door: its routes, the life of the systems behind it, what all answers have in common."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
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
    combiners,
    docs,
    evaluations,
    feedback,
    health,
    jobs,
    limits,
    pages,
    systems,
    validations,
)
from service.api.openapi import with_schemas
from service.engine import Engine
from service.feedback.feedback import Feedback
from service.jobs.requests import JobRequest
from service.jobs.supervisor import Supervisor
from service.limits import Busy, Refused
from service.problems import Document, Problem, problem_response
from service.registry.registry import Registry
from service.settings import Settings
from service.store.database import Database
from service.store.opening import opened

_LOG = logging.getLogger(__name__)

_OURS = (Problem, Refused, Busy, TimeoutError)
_POLICY = (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'")
_HEADERS = [
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


def create_app(settings: Settings) -> FastAPI:
    """Return the service; its systems start when it does, and it answers before they are ready.

    Raises:
        RosterError: the roster cannot be used.
        StoreError: the database is of no kind that there is.
    """
    engine = Engine(read_roster(settings.roster), settings)
    settings.state.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    registry = Registry(database, engine, settings)
    opinions = Feedback(database, engine, settings)
    supervisor = Supervisor(database, settings)
    rooms = registry, opinions, supervisor

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engine.start()
        async with opened(database):
            for room in rooms:
                await room.start()
            yield
            for room in rooms:
                await room.stop()
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
            "AliasRequest": combiners.AliasRequest,
            "EvaluationRequest": evaluations.EvaluationRequest,
            "JobRequest": JobRequest,
            "FeedbackRequest": feedback.FeedbackRequest,
            "NotBetterDocument": combiners.NotBetterDocument,
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
        jobs.routes(database, settings, supervisor),
        combiners.routes(registry, database, settings),
        feedback.routes(opinions, engine, settings),
        limits.routes(settings),
        health.routes(engine),
        docs.routes(openapi),
        pages.routes(),
    ):
        app.include_router(router)
    for error in (*_OURS, RequestValidationError, HTTPException, DBAPIError, PoolTimeout):
        app.add_exception_handler(error, _problem)
    app.add_middleware(Envelope)
    return app


async def _problem(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError | PoolTimeout):
        _LOG.warning("request %s: %s", request.scope["request_id"], type(error).__name__)
    return problem_response(request, error)


class Envelope:
    """What every answer has: an id that the log has too, headers that keep a browser safe.

    An answer may come with a policy of its own for what its page loads and runs.
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
                own = message["headers"]
                policy = () if any(name == _POLICY[0] for name, _ in own) else (_POLICY,)
                message["headers"] = [*own, *policy, *_HEADERS, (b"x-request-id", id_bytes)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            _LOG.exception("request %s: %s %s", request_id, scope["method"], scope["path"])
            if started:
                raise
            response = problem_response(Request(scope), error)
            await response(scope, receive, send_with_headers)
