"""`/` and other pages, and `/static`: all of it from here, so that it works offline."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_WEB = Path(__file__).parents[1] / "web"


def routes() -> APIRouter:
    """Return the routes of the pages."""
    router = APIRouter(include_in_schema=False)
    router.routes.append(Mount("/static", _Fresh(directory=_WEB)))

    @router.api_route("/", methods=["GET", "HEAD"])
    async def playground() -> FileResponse:
        """Show the playground."""
        return FileResponse(_WEB / "index.html")

    @router.api_route("/jobs", methods=["GET", "HEAD"])
    async def jobs() -> FileResponse:
        """Show the jobs."""
        return FileResponse(_WEB / "jobs.html")

    @router.api_route("/systems", methods=["GET", "HEAD"])
    async def systems() -> FileResponse:
        """Show how systems are, and what feedback has made of them."""
        return FileResponse(_WEB / "systems.html")

    @router.api_route("/combiners", methods=["GET", "HEAD"])
    async def combiners() -> FileResponse:
        """Show the registry of combiners."""
        return FileResponse(_WEB / "combiners.html")

    return router


class _Fresh(StaticFiles):
    """Files that a browser asks about before it uses its copy: after an upgrade none are mixed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response
