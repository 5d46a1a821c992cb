"""`POST /v1/combine`: combines the outputs of several systems for one segment."""

from typing import Annotated, Self

from fastapi import APIRouter, Request
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)
from pydantic_core import to_json
from starlette.responses import Response

from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from evaluation.data.judge_scores import given_scores
from service.api import body
from service.api.combine_answer import CombineAnswer, shown
from service.api.openapi import json_body, problem_responses
from service.api.plain_route import PlainRoute
from service.api.quota import charge, spend
from service.container import Application
from service.core import limits
from service.core.combiner_table import built_in
from service.core.engine import Engine, Outcome, Query
from service.core.fields import (
    ASK_JUDGES,
    LABEL_CASE,
    RECUSE,
    AllDiffer,
    JudgeScores,
    Name,
    SourceText,
    SystemOutput,
    check_asked,
)
from service.core.judging import Budget
from service.core.limits import Refused

EXAMPLE = {
    "source": "I has a apple.",
    "outputs": {"a": "I have an apple.", "b": "I has an apple.", "c": "I have an ample."},
}


_BUILT_IN = ", ".join(f"`{name}`" for name in built_in())
_COUNT = Field(min_length=1, max_length=limits.MOST_SYSTEMS)


def _given(**fewest: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the schema of an object that has these keys, each with its own schema."""
    return {"required": list(fewest), "properties": dict(fewest)}


_NOTHING: dict[str, JsonValue] = {"type": "null"}
_ENOUGH: list[JsonValue] = [
    {"properties": {"outputs": _NOTHING, "systems": _NOTHING}},
    _given(outputs={"type": "object", "minProperties": limits.FEWEST_SYSTEMS}),
    _given(systems={"type": "array", "minItems": limits.FEWEST_SYSTEMS}),
    _given(outputs={"type": "object"}, systems={"type": "array"}),
]
"""Neither outputs nor systems, so that all systems are asked; or at least two of both together."""


class CombineRequest(BaseModel):
    """A source with the outputs of systems, with the names of systems to ask, or with both.

    Without either, all systems of /v1/systems are asked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"anyOf": _ENOUGH})

    source: SourceText
    outputs: Annotated[dict[Name, SystemOutput | None], _COUNT] | None = Field(
        default=None,
        description="By system: a text; for kind `labels` also an integer, or the probability of "
        "each class; null if a system gave no output",
    )
    systems: Annotated[list[Name], _COUNT, AllDiffer()] | None = Field(
        default=None,
        description="Systems of /v1/systems to ask, in addition to `outputs`; by default all if "
        "there are no outputs. No name may be in both",
    )
    kind: Kind | None = Field(default=None, description="By default the usual kind of the combiner")
    combiner: Annotated[str, Field(max_length=limits.LONGEST_COMBINER)] | None = Field(
        default=None,
        description=f"{_BUILT_IN}, with options as in `fuse:window=1`, or one of /v1/combiners as "
        "`a`, `a@3` or `a@champion`; "
        "by default `vote`, for texts `mbr`",
    )
    label_case: LabelCase = Field(default="keep", description=LABEL_CASE)
    scores: JudgeScores = {}
    recuse: bool = Field(default=True, description=RECUSE)
    ask_judges: bool = Field(default=True, description=ASK_JUDGES)

    @model_validator(mode="after")
    def _all_have_one_output(self) -> Self:
        check_asked(self.outputs or {}, self.systems or [])
        return self

    def query(self) -> Query:
        """Return the query for the engine."""
        return Query(
            self.source,
            self.outputs,
            self.systems,
            self.kind,
            self.combiner,
            label_case=self.label_case,
            scores=given_scores(self.scores),
            recuse=self.recuse,
            ask_judges=self.ask_judges,
        )


async def combined(
    request: Request, engine: Engine, query: Query, budget: Budget | None = None
) -> bytes:
    """Combine a query of a request, and return the answer as JSON: a `CombineAnswer`.

    Raises:
        Refused: see `Engine.combine`; or there is only one output or system.
    """
    check_count(query)
    return answered(request, await engine.combine(query, budget))


def check_count(query: Query) -> None:
    """Refuse a query with only one output or system.

    Raises:
        Refused: it has only one.
    """
    if len(query.outputs or ()) + len(query.systems or ()) == 1:
        alone = "outputs" if query.outputs else "systems"
        fewest = limits.FEWEST_SYSTEMS
        detail = f"has 1 element; at least {fewest} outputs and systems are needed"
        raise Refused("too-few-systems", [alone], detail)


def answered(request: Request, outcome: Outcome) -> bytes:
    """Return an outcome as JSON, a `CombineAnswer`, and add its cost to that of the request."""
    charge(request, outcome.spent)
    return to_json(shown(outcome))


def routes(application: Application) -> APIRouter:
    """Return the route for one segment."""
    router = APIRouter(tags=["combine"], route_class=PlainRoute)
    engine, settings = application.engine, application.settings

    @router.post(
        "/v1/combine",
        response_class=Response,
        responses={200: {"model": CombineAnswer}, **problem_responses(408, 413, 415, 422, 503)},
        openapi_extra=json_body(CombineRequest, EXAMPLE),
    )
    async def combine(request: Request) -> Response:
        """Combine the outputs of several systems for one segment."""
        query = (await body.read_json(request, CombineRequest, settings)).query()
        await spend(request, 1)
        return Response(await combined(request, engine, query), media_type=body.JSON)

    return router
