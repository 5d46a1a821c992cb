"""`/` and `/static`: the playground, all of it from here, so that it works offline."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

_WEB = Path(__file__).parents[1] / "web"


def routes() -> APIRouter:
    """Return the routes of the playground."""
    router = APIRouter(include_in_schema=False)
    router.routes.append(Mount("/static", StaticFiles(directory=_WEB)))

    @router.api_route("/", methods=["GET", "HEAD"])
    async def playground() -> FileResponse:
        """Show the playground."""
        return FileResponse(_WEB / "index.html")

    return router
