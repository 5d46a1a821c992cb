"""The FastAPI application: routes, middleware and error handlers."""

import logging
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from evaluation import VERSION
from service.api import (
    batch,
    check,
    combine,
    combiners,
    docs,
    evaluations,
    exposition,
    feedback,
    health,
    jobs,
    keys,
    limits,
    pages,
    problems,
    systems,
    validations,
)
from service.api.combiner_types import AliasRequest, NotBetterDocument
from service.api.middleware.authentication import Authentication
from service.api.middleware.load_shedding import LoadShedding
from service.api.middleware.request_context import RequestContext
from service.api.openapi import with_schemas
from service.api.problem_responses import problem_response
from service.container import Application, build
from service.core.limits import Busy, Refused
from service.core.problems import Document, Problem
from service.core.settings import Settings
from service.jobs.requests import JobRequest
from service.languagetool.form import CheckRequest
from service.telemetry.tracing import Tracing

_LOG = logging.getLogger(__name__)

_EXPECTED = (Problem, Refused, Busy, TimeoutError)

_BODIES: tuple[type[BaseModel], ...] = (
    CheckRequest,
    combine.CombineRequest,
    AliasRequest,
    evaluations.EvaluationRequest,
    JobRequest,
    feedback.FeedbackRequest,
    keys.KeyRequest,
    validations.ValidationRequest,
)
"""Bodies that routes parse themselves, which FastAPI therefore does not document."""


def create_app(settings: Settings, tracing: Tracing | None = None) -> FastAPI:
    """Return the service; its systems start with it, and it answers before they are ready.

    Raises:
        RosterError, StoreError, ImportError: see `build`.
    """
    application = build(settings, tracing)

    def lifespan(_: FastAPI) -> AbstractAsyncContextManager[None]:
        return application.running()

    app = FastAPI(
        title="Consort",
        version=VERSION,
        summary="Combines the outputs of several systems into one, with the evidence.",
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
    )
    for router in _routers(application):
        app.include_router(router)
    app.include_router(docs.routes(lambda: _openapi(app)))
    for error in (*_EXPECTED, RequestValidationError, HTTPException, DBAPIError, PoolTimeout):
        app.add_exception_handler(error, _problem)
    app.add_middleware(LoadShedding, has_room=application.engine.has_room)
    app.add_middleware(Authentication, keys=application.keys, rates=application.rates())
    app.add_middleware(
        RequestContext,
        lifecycle=application.lifecycle,
        listeners=application.request_listeners(),
    )
    app.state.lifecycle = application.lifecycle
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    bodies = {body.__name__: body for body in _BODIES}
    problems = {"Problem": Document, "NotBetterDocument": NotBetterDocument}
    return with_schemas(app.openapi(), {**bodies, **problems})


def _routers(application: Application) -> Iterator[APIRouter]:
    settings, engine = application.settings, application.engine
    database = application.database
    yield combine.routes(engine, settings)
    yield batch.routes(engine, settings)
    yield check.routes(engine, settings)
    yield evaluations.routes(settings)
    yield validations.routes(settings)
    yield systems.routes(engine)
    yield jobs.routes(database, settings, application.supervisor)
    yield combiners.routes(application.registry, database, settings)
    yield feedback.routes(application.feedback, engine, settings)
    if application.keys:
        yield keys.routes(application.keys, database, settings)
    yield limits.routes(settings)
    yield problems.routes()
    yield health.routes(engine, application.lifecycle)
    yield exposition.routes(application.metrics)
    yield pages.routes()


async def _problem(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError | PoolTimeout):
        _LOG.warning("request %s: %s", request.scope["request_id"], type(error).__name__)
    return problem_response(request, error)
