"""`GET /metrics`: metrics for Prometheus."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from service.container import Application


def routes(application: Application) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["health"])

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def export_metrics() -> Response:
        """Return the metrics since the service started, in Prometheus' text format."""
        return Response(application.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router
