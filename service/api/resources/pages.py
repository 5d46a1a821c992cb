"""`/`, the other pages, and `/static`; all assets are local, so that pages work offline."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.api.page_frame import PAGES, WEB, framed
from service.container import Application


def routes(_: Application) -> APIRouter:
    """Return the routes of the pages that have an HTML file in `web`."""
    router = APIRouter(include_in_schema=False)
    router.routes.append(Mount("/static", _Fresh(directory=WEB)))
    for page in PAGES:
        file = WEB / f"{page.file}.html"
        if file.is_file():
            handler = _handler(framed(page, file.read_text(encoding="utf-8")))
            router.add_api_route(f"/{page.path}", handler, methods=["GET", "HEAD"])
    return router


def _handler(page: str) -> Callable[[], Awaitable[Response]]:
    async def show() -> Response:
        return HTMLResponse(page)

    return show


class _Fresh(StaticFiles):
    """Files that browsers revalidate before use, so that an upgrade does not mix versions."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response
