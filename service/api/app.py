"""The HTTP door: its routes, the life of the systems behind it, what all answers have in common."""

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
    systems,
    validations,
)
from service.api.combiner_types import AliasRequest, NotBetterDocument
from service.api.middleware.authentication import Guard
from service.api.middleware.load_shedding import Crowd
from service.api.middleware.request_context import Envelope
from service.api.openapi import with_schemas
from service.api.problem_responses import problem_response
from service.container import House, furnish
from service.core.limits import Busy, Refused
from service.core.problems import Document, Problem
from service.core.settings import Settings
from service.jobs.requests import JobRequest
from service.languagetool.form import CheckRequest
from service.telemetry.tracing import Tracing

_LOG = logging.getLogger(__name__)

_OURS = (Problem, Refused, Busy, TimeoutError)

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
"""What routes read for themselves, so that FastAPI does not know that they do."""


def create_app(settings: Settings, tracing: Tracing | None = None) -> FastAPI:
    """Return the service; its systems start when it does, and it answers before they are ready.

    Raises:
        RosterError, StoreError, ImportError: see `furnish`.
    """
    house = furnish(settings, tracing)

    def lifespan(_: FastAPI) -> AbstractAsyncContextManager[None]:
        return house.life()

    app = FastAPI(
        title="Consort",
        version=VERSION,
        summary="Combines the outputs of several systems into one, with the evidence.",
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
    )
    for router in _routers(house):
        app.include_router(router)
    app.include_router(docs.routes(lambda: _described(app)))
    for error in (*_OURS, RequestValidationError, HTTPException, DBAPIError, PoolTimeout):
        app.add_exception_handler(error, _problem)
    app.add_middleware(Crowd, has_room=house.engine.has_room)
    app.add_middleware(Guard, ring=house.ring, rates=house.rates())
    app.add_middleware(Envelope, traffic=house.traffic, hear=house.listeners())
    app.state.traffic = house.traffic
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    bodies = {body.__name__: body for body in _BODIES}
    problems = {"Problem": Document, "NotBetterDocument": NotBetterDocument}
    return with_schemas(app.openapi(), {**bodies, **problems})


def _routers(house: House) -> Iterator[APIRouter]:
    settings, engine, database = house.settings, house.engine, house.database
    yield combine.routes(engine, settings)
    yield batch.routes(engine, settings)
    yield check.routes(engine, settings)
    yield evaluations.routes(settings)
    yield validations.routes(settings)
    yield systems.routes(engine)
    yield jobs.routes(database, settings, house.supervisor)
    yield combiners.routes(house.registry, database, settings)
    yield feedback.routes(house.feedback, engine, settings)
    if house.ring:
        yield keys.routes(house.ring, database, settings)
    yield limits.routes(settings)
    yield health.routes(engine, house.traffic)
    yield exposition.routes(house.metrics)
    yield pages.routes()


async def _problem(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError | PoolTimeout):
        _LOG.warning("request %s: %s", request.scope["request_id"], type(error).__name__)
    return problem_response(request, error)
