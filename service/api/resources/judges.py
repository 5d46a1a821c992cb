"""`GET /v1/judges`: the judges of the roster and their states."""

from typing import Literal

from fastapi import APIRouter
from typing_extensions import TypedDict

from ensemble.systems.circuit_breaker import Circuit
from service.container import Application


class JudgeState(TypedDict):
    """One judge and its state; `circuit` for an endpoint."""

    name: str
    kind: str
    state: Literal["starting", "ready", "failed", "stopped"]
    reason: str | None
    circuit: Circuit | None


def routes(application: Application) -> APIRouter:
    """Return the route that lists the judges."""
    router = APIRouter(tags=["systems"])
    judges = application.engine.judges

    @router.get("/v1/judges", response_model=list[JudgeState])
    async def list_judges() -> list[JudgeState]:
        """List the judges that can be asked, in the order of the roster."""
        return [
            JudgeState(
                name=name,
                kind=member.kind,
                state=member.client.judge.health.state,
                reason=member.client.judge.health.reason,
                circuit=member.client.judge.health.circuit,
            )
            for name, member in judges.by_name.items()
        ]

    return router
