"""The HTTP door: its routes, the life of the systems behind it, what all answers have in common."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ensemble.roster import read_roster
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
from service.api.envelope import Envelope
from service.api.guard import Guard
from service.api.openapi import with_schemas
from service.engine import Engine
from service.feedback.feedback import Feedback
from service.jobs.requests import JobRequest
from service.jobs.supervisor import Supervisor
from service.keys import Ring
from service.limits import Busy, Refused
from service.problems import Document, Problem, problem_response
from service.rates import Rates
from service.registry.registry import Registry
from service.settings import Settings
from service.store.database import Database
from service.store.opening import opened
from service.telemetry.exchange import Heard, Watched
from service.telemetry.journal import Journal
from service.telemetry.metrics import Metrics
from service.telemetry.tracing import Tracing, exporting
from service.traffic import Traffic

_LOG = logging.getLogger(__name__)

_OURS = (Problem, Refused, Busy, TimeoutError)


def create_app(settings: Settings, tracing: Tracing | None = None) -> FastAPI:
    """Return the service; its systems start when it does, and it answers before they are ready.

    Spans go where the settings say, unless `tracing` is given.

    Raises:
        RosterError: the roster cannot be used.
        StoreError: the database is of no kind that there is.
        ImportError: traces are asked for, and the extra `otel` is not installed.
    """
    engine = Engine(read_roster(settings.roster), settings)
    settings.state.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    ring = Ring(database, settings.poll_s) if settings.require_keys else None
    traffic = Traffic()
    metrics = Metrics(lambda: traffic.under_way, lambda: engine.queued)
    if tracing is None and settings.otlp_endpoint:
        tracing = exporting(settings.otlp_endpoint)
    engine.hear, hear = _ears(settings, metrics, tracing)
    registry = Registry(database, engine, settings)
    opinions = Feedback(database, engine, settings)
    supervisor = Supervisor(database, settings)
    rooms: list[Registry | Feedback | Supervisor | Ring] = [registry, opinions, supervisor]
    rooms += [ring] if ring else []

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
        if tracing:
            tracing.close()

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
            "AliasRequest": AliasRequest,
            "EvaluationRequest": evaluations.EvaluationRequest,
            "JobRequest": JobRequest,
            "FeedbackRequest": feedback.FeedbackRequest,
            "KeyRequest": keys.KeyRequest,
            "NotBetterDocument": NotBetterDocument,
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
        health.routes(engine, traffic),
        exposition.routes(metrics),
        docs.routes(openapi),
        pages.routes(),
    ):
        app.include_router(router)
    if ring:
        app.include_router(keys.routes(ring, database, settings))
    for error in (*_OURS, RequestValidationError, HTTPException, DBAPIError, PoolTimeout):
        app.add_exception_handler(error, _problem)
    app.add_middleware(Guard, ring=ring, rates=_rates(settings))
    app.add_middleware(Envelope, traffic=traffic, hear=hear)
    app.state.traffic = traffic
    return app


def _rates(settings: Settings) -> Rates | None:
    if not (settings.require_keys or settings.limit_addresses):
        return None
    return Rates(settings.requests_per_minute, settings.segments_per_minute)


def _ears(
    settings: Settings, metrics: Metrics, tracing: Tracing | None
) -> tuple[tuple[Watched, ...], tuple[Heard, ...]]:
    """Return who hears of combinations, and who of requests."""
    journal = (Journal().exchanged,) if settings.log_requests else ()
    if tracing is None:
        return (metrics.combined,), (metrics.exchanged, *journal)
    return (
        (metrics.combined, tracing.combined),
        (metrics.exchanged, *journal, tracing.exchanged),
    )


async def _problem(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError | PoolTimeout):
        _LOG.warning("request %s: %s", request.scope["request_id"], type(error).__name__)
    return problem_response(request, error)
