"""`GET /livez` and `GET /readyz`, for orchestrators, monitoring and load balancers."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from typing_extensions import TypedDict

from ensemble.systems.base import State
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
    states: Annotated[dict[str, State], Field(description="By system")]


def routes(application: Application) -> APIRouter:
    """Return the two routes."""
    router = APIRouter(tags=["health"])
    engine, lifecycle = application.engine, application.lifecycle

    @router.head("/livez", include_in_schema=False)
    @router.get("/livez")
    async def check_liveness() -> Alive:
        """Report that the process runs."""
        return Alive(status="alive")

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", responses=problem_responses(503))
    async def check_readiness() -> Ready:
        """Report whether the service takes requests.

        It does when a system is ready and it is not stopping; after a start, when every system is
        ready or has failed to start, or `start_up_s` has passed.
        """
        if lifecycle.stopping:
            raise later("stopping", "the service is stopping")
        states = {name: m.system.health.state for name, m in engine.members.items()}
        ready = list(states.values()).count("ready")
        if starting := engine.starting:
            detail = f"{ready} of {len(states)} systems are ready"
            raise later("not-ready", f"{detail}; still starting: {', '.join(starting)}")
        if not ready:
            raise later("not-ready", "no system is ready")
        return Ready(status="ready", ready=ready, systems=len(states), states=states)

    return router
