"""`GET /problems` and `GET /problems/{code}`: the codes of problem documents, explained."""

from fastapi import APIRouter
from typing_extensions import TypedDict

from service.api.openapi import problem_responses
from service.container import Application
from service.core.problem_types import PROBLEM_TYPES, Code, uri
from service.core.problems import Problem


class ProblemDescription(TypedDict):
    """A type of problem: its URI, its status, its meaning, and the `detail` of an example."""

    type: str
    status: int
    title: str
    meaning: str
    example: str


def routes(_: Application) -> APIRouter:
    """Return the two routes."""
    router = APIRouter(tags=["problems"])
    by_code: dict[str, ProblemDescription] = {code: _described(code) for code in PROBLEM_TYPES}

    @router.get("/problems")
    async def list_problems() -> list[ProblemDescription]:
        """List the types of problems."""
        return list(by_code.values())

    @router.get("/problems/{code}", responses=problem_responses(404))
    async def explain_problem(code: str) -> ProblemDescription:
        """Explain a type of problem."""
        if code not in by_code:
            raise Problem("not-found", "no problem has this code")
        return by_code[code]

    return router


def _described(code: Code) -> ProblemDescription:
    status, title, meaning, example = PROBLEM_TYPES[code]
    return ProblemDescription(
        type=uri(code), status=status, title=title, meaning=meaning, example=example
    )
