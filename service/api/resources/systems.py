"""`GET /v1/systems`: the systems of the ensemble and their states."""

from fastapi import APIRouter
from typing_extensions import TypedDict

from ensemble.systems.base import State
from ensemble.systems.circuit_breaker import Circuit
from service.container import Application


class SystemState(TypedDict):
    """One system and its state; `pid` for a process, `circuit` for an endpoint."""

    name: str
    kind: str
    weight: float
    state: State
    reason: str | None
    pid: int | None
    circuit: Circuit | None


def routes(application: Application) -> APIRouter:
    """Return the route that lists the systems."""
    router = APIRouter(tags=["systems"])
    engine = application.engine

    @router.get("/v1/systems", response_model=list[SystemState])
    async def list_systems() -> list[SystemState]:
        """List the systems that can be asked, in the order of the roster."""
        return [
            SystemState(
                name=name,
                kind=member.kind,
                weight=member.weight,
                state=member.system.health.state,
                reason=member.system.health.reason,
                pid=member.system.health.pid,
                circuit=member.system.health.circuit,
            )
            for name, member in engine.members.items()
        ]

    return router
