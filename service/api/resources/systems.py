"""`GET /v1/systems`: the systems of the ensemble and their states."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from typing_extensions import TypedDict

from ensemble.competence import Skill
from ensemble.systems.base import State
from ensemble.systems.circuit_breaker import Circuit
from service.container import Application


class SkillState(TypedDict):
    """Skill of a system at one type of edit, each from 0 to 1."""

    precision: float
    recall: float


class SystemState(TypedDict):
    """One system and its state; `pid` for a process, `circuit` for an endpoint."""

    name: str
    kind: str
    weight: float
    competence: Annotated[
        dict[str, SkillState | None] | None,
        Field(
            description="By type of edit, from the roster; null: it votes on all types. It does "
            "not vote against edits of a type that is not here, or whose recall is 0"
        ),
    ]
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
                competence=_competence(member.competence),
                state=member.system.health.state,
                reason=member.system.health.reason,
                pid=member.system.health.pid,
                circuit=member.system.health.circuit,
            )
            for name, member in engine.members.items()
        ]

    return router


def _competence(skills: Mapping[str, Skill | None] | None) -> dict[str, SkillState | None] | None:
    if skills is None:
        return None
    return {
        type_: SkillState(precision=skill.precision, recall=skill.recall) if skill else None
        for type_, skill in skills.items()
    }
