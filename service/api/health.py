"""`GET /livez` and `GET /readyz`: for whoever starts, watches and routes to the service."""

from typing import Literal

from fastapi import APIRouter
from typing_extensions import TypedDict

from service.api.openapi import problem_responses
from service.core.engine import Engine
from service.core.lifecycle import Traffic
from service.core.problems import later


class Alive(TypedDict):
    """It answers, that is all."""

    status: Literal["alive"]


class Ready(TypedDict):
    """Requests are welcome; `ready` of `systems` systems can be asked."""

    status: Literal["ready"]
    ready: int
    systems: int


def routes(engine: Engine, traffic: Traffic) -> APIRouter:
    """Return the two routes."""
    router = APIRouter(tags=["health"])

    @router.head("/livez", include_in_schema=False)
    @router.get("/livez")
    async def livez() -> Alive:
        """Say whether the process runs."""
        return Alive(status="alive")

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", responses=problem_responses(503))
    async def readyz() -> Ready:
        """Say whether to send requests: not while no system is ready, nor while it stops."""
        if traffic.stopping:
            raise later("the service is stopping")
        states = [member.system.health.state for member in engine.members.values()]
        if "ready" not in states:
            raise later("no system is ready")
        return Ready(status="ready", ready=states.count("ready"), systems=len(states))

    return router
