"""`/v1/combiners`: uploads, lists, compares and promotes trained combiners."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from service.api.body import JSON
from service.api.combiner_form import FORM, UPLOAD
from service.api.combiner_handlers import FIGURE, NAME, CombinerHandlers
from service.api.combiner_types import (
    AliasMove,
    AliasRequest,
    Combiners,
    CombinerState,
    FromJob,
    NotBetterDocument,
    VersionState,
)
from service.api.middleware.authentication import Owner
from service.api.openapi import json_body, problem_responses, ref, request_body
from service.container import Application

_Plain = Annotated[str, Path(json_schema_extra={"pattern": f"^{NAME.pattern}$"})]
_Figure = Annotated[str, Path(json_schema_extra={"pattern": f"^{FIGURE.pattern}$"})]
_OF_JOB = {"schema": ref(FromJob), "example": {"job": "0197f3a5c1d27e0b8f4d6a2c9e1b3d57"}}
_EXAMPLE = {"version": 2, "force": {"reason": "version 1 was trained on the wrong data"}}


def routes(application: Application) -> APIRouter:
    """Return the routes of the registry."""
    router = APIRouter(tags=["combiners"])
    parts = application.registry, application.engine, application.database
    handlers = CombinerHandlers(*parts, application.settings)
    _add_showing(router, handlers)
    _add_versions(router, handlers)
    _add_aliases(router, handlers)
    return router


def _add_showing(router: APIRouter, handlers: CombinerHandlers) -> None:
    @router.get("/v1/combiners", responses=problem_responses(503))
    async def list_combiners() -> Combiners:
        """List the combiners that requests can name."""
        return await handlers.overview()

    @router.get("/v1/combiners/{name}", responses=problem_responses(404, 422, 503))
    async def show_combiner(name: _Plain) -> CombinerState:
        """Show a combiner's versions and aliases, how they moved, and how its shadows agree."""
        return await handlers.combiner(name)

    @router.get("/v1/combiners/{name}/{version}", responses=problem_responses(404, 422, 503))
    async def show_combiner_version(name: _Plain, version: _Figure) -> VersionState:
        """Show one version of a combiner, with its manifest."""
        return await handlers.version(name, version)


def _add_versions(router: APIRouter, handlers: CombinerHandlers) -> None:
    @router.post(
        "/v1/combiners/{name}",
        response_class=Response,
        responses={
            200: {"model": VersionState, "description": "This version exists already"},
            201: {"model": VersionState, "description": "The next version was created"},
            **problem_responses(400, 403, 404, 408, 409, 413, 415, 422, 503),
        },
        openapi_extra=request_body({FORM: {"schema": UPLOAD}, JSON: _OF_JOB}),
    )
    async def upload_combiner(request: Request, name: _Plain, owner: Owner) -> Response:
        """Register the next version of a combiner: the two files that `consort train` writes.

        Or, as JSON, the job of the caller that trained it.

        The first version becomes the champion, so that requests can use it by its name at once.
        """
        return await handlers.upload(request, name, owner)

    @router.delete(
        "/v1/combiners/{name}/{version}",
        status_code=204,
        responses=problem_responses(404, 409, 422, 503),
    )
    async def remove_combiner_version(name: _Plain, version: _Figure, owner: Owner) -> None:
        """Remove a version that no alias points to, or the only one, if no test promoted it."""
        await handlers.remove(name, version, owner)


def _add_aliases(router: APIRouter, handlers: CombinerHandlers) -> None:
    @router.post(
        "/v1/combiners/{name}/aliases/{alias}",
        responses={
            **problem_responses(400, 404, 408, 413, 415, 422, 503),
            409: {
                "description": "Conflict",
                "content": {"application/problem+json": {"schema": ref(NotBetterDocument)}},
            },
        },
        openapi_extra=json_body(AliasRequest, _EXAMPLE),
    )
    async def point_alias(request: Request, name: _Plain, alias: _Plain, owner: Owner) -> AliasMove:
        """Point an alias at a version; `champion` needs evidence that it is better, or a reason."""
        return await handlers.point(request, name, alias, owner)

    @router.post(
        "/v1/combiners/{name}/aliases/{alias}/rollback",
        responses=problem_responses(403, 404, 409, 422, 503),
    )
    async def roll_back_alias(
        request: Request, name: _Plain, alias: _Plain, owner: Owner
    ) -> AliasMove:
        """Point an alias at the version that it had before."""
        return await handlers.roll_back(request, name, alias, owner)

    @router.delete(
        "/v1/combiners/{name}/aliases/{alias}",
        status_code=204,
        responses=problem_responses(404, 409, 422, 503),
    )
    async def remove_alias(name: _Plain, alias: _Plain, owner: Owner) -> None:
        """Remove an alias: `shadow` stops running, and without `champion` the name is unknown."""
        await handlers.clear(name, alias, owner)
