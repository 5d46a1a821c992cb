"""`GET /openapi.json`, and `GET /docs`: a page that shows the document by Scalar.

Scalar's script comes from an installed package, so that the page needs nothing from elsewhere.
"""

import gzip
from collections.abc import Callable
from functools import cache
from html import escape
from importlib.metadata import version
from importlib.resources import files
from string import Template
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from service.api.docs_view import view
from service.api.page_frame import DOCS, WEB, links

_PACKAGE = "star-openapi-scalar"
_SCRIPT = ("templates", "scalar", "js", "scalar.standalone.js")
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "frame-ancestors 'none'",
    )
)
"""Wider than that of other pages by styles and images that Scalar makes: no scripts, no hosts."""

_FOREVER = "max-age=31536000, immutable"


def routes(openapi: Callable[[], dict[str, Any]]) -> APIRouter:
    """Return the routes; `openapi` returns the document to show."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def document(request: Request) -> Response:
        """Return the OpenAPI document."""
        return JSONResponse(openapi() | {"servers": [{"url": str(request.base_url).rstrip("/")}]})

    @router.get("/docs")
    async def page() -> Response:
        """Return the page."""
        return HTMLResponse(_page(), headers={"Content-Security-Policy": _POLICY})

    @router.get("/docs/openapi.json")
    async def shown() -> Response:
        """Return the document as the page shows it; the page itself knows the server."""
        return JSONResponse(view(openapi()))

    @router.get("/docs/scalar.js")
    def script() -> Response:
        """Return Scalar's script, compressed; the page names its version, so it can be kept."""
        headers = {"Content-Encoding": "gzip", "Cache-Control": _FOREVER}
        return Response(_script(), media_type="text/javascript", headers=headers)

    return router


@cache
def _page() -> str:
    template = Template((WEB / "reference.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=f"{DOCS.name} – Consort",
        subtitle=escape(DOCS.subtitle),
        version=version(_PACKAGE),
        links=links(DOCS),
    )


@cache
def _script() -> bytes:
    return gzip.compress(files("star_openapi_scalar").joinpath(*_SCRIPT).read_bytes(), mtime=0)
