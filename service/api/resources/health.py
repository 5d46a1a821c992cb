"""`GET /livez` and `GET /readyz`, for orchestrators, monitoring and load balancers."""

from typing import Literal

from fastapi import APIRouter
from typing_extensions import TypedDict

from service.api.openapi import problem_responses
from service.container import Application
from service.core.problems import later


class Alive(TypedDict):
    """The process runs."""

    status: Literal["alive"]


class Ready(TypedDict):
    """The service takes requests; `ready` of its `systems` systems can be asked."""

    status: Literal["ready"]
    ready: int
    systems: int


def routes(application: Application) -> APIRouter:
    """Return the two routes."""
    router = APIRouter(tags=["health"])
    engine, lifecycle = application.engine, application.lifecycle

    @router.head("/livez", include_in_schema=False)
    @router.get("/livez")
    async def livez() -> Alive:
        """Report that the process runs."""
        return Alive(status="alive")

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", responses=problem_responses(503))
    async def readyz() -> Ready:
        """Report whether the service takes requests: a system is ready, and it is not stopping."""
        if lifecycle.stopping:
            raise later("stopping", "the service is stopping")
        states = [member.system.health.state for member in engine.members.values()]
        if "ready" not in states:
            raise later("not-ready", "no system is ready")
        return Ready(status="ready", ready=states.count("ready"), systems=len(states))

    return router
