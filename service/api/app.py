"""The FastAPI application: routes, middleware and error handlers."""

import logging
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from evaluation.version import VERSION
from service.api import docs
from service.api.middleware.authentication import Authentication
from service.api.middleware.cross_origin import CrossOrigin
from service.api.middleware.known_host import KnownHost, allowed_hosts
from service.api.middleware.load_shedding import LoadShedding
from service.api.middleware.request_context import RequestContext
from service.api.openapi import with_schemas
from service.api.openapi_access import with_access
from service.api.openapi_errors import with_shared_errors
from service.api.openapi_operations import operation_id, with_operations
from service.api.openapi_words import DESCRIPTION, TAGS
from service.api.problem_responses import problem_response
from service.api.resources import check_routes, routers
from service.container import build
from service.core.admission import Busy
from service.core.limits import Refused
from service.core.problems import Problem
from service.core.rates import Rates
from service.core.settings import Settings
from service.store.keys import KeyStore
from service.telemetry.tracing import Tracing

_LOG = logging.getLogger(__name__)

_EXPECTED = (Problem, Refused, Busy, TimeoutError)


def create_app(settings: Settings, tracing: Tracing | None = None) -> FastAPI:
    """Return the service; its systems start with it, and it answers before they are ready.

    Raises:
        RosterError, StoreError, ImportError: see `build`.
        TypeError: a resource does not return its routes.
        ValueError: two routes have the same method and path.
    """
    application = build(settings, tracing)

    def lifespan(_: FastAPI) -> AbstractAsyncContextManager[None]:
        return application.running()

    app = FastAPI(
        title="Consort",
        version=VERSION,
        summary="Combines the outputs of several systems into one, with the evidence.",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        openapi_tags=TAGS,
        openapi_url=None,
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
    )
    rates = application.rates()
    documentation = docs.routes(cache(lambda: _document(app, application.keys, rates)))
    included = [*routers(application), documentation]
    check_routes(included)
    for router in included:
        app.include_router(router)
    for error in (*_EXPECTED, RequestValidationError, HTTPException, DBAPIError, PoolTimeout):
        app.add_exception_handler(error, _problem)
    app.add_middleware(LoadShedding, has_room=application.engine.may_have_room)
    app.add_middleware(Authentication, keys=application.keys, rates=rates)
    if settings.cors_origins:
        # Outside authentication: a preflight request has no key.
        app.add_middleware(CrossOrigin, origins=settings.cors_origins)
    if (hosts := allowed_hosts(settings)) is not None:
        app.add_middleware(KnownHost, hosts=hosts)
    app.add_middleware(
        RequestContext,
        lifecycle=application.lifecycle,
        listeners=application.request_listeners(),
    )
    app.state.lifecycle = application.lifecycle
    app.state.warm_up = application.engine.warm_up
    return app


def _document(app: FastAPI, keys: KeyStore | None, rates: Rates | None) -> dict[str, Any]:
    document = with_access(app.openapi(), keys is not None, rates is not None)
    return with_operations(with_shared_errors(with_schemas(document)))


async def _problem(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError | PoolTimeout):
        _LOG.warning("request %s: %s", request.scope["request_id"], type(error).__name__)
    return problem_response(request, error)
