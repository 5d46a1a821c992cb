"""`POST /v1/combine`: combines the outputs of several systems for one segment."""

from typing import Annotated, Any, NotRequired, Self

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
from typing_extensions import TypedDict

from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from ensemble.decoding.decode import Reason
from ensemble.systems.spending import Spent
from evaluation.data.judge_scores import given_scores
from service.api import body
from service.api.openapi import json_body, problem_responses
from service.api.quota import charge, spend
from service.container import Application
from service.core import limits
from service.core.combiner_table import built_in
from service.core.engine import Engine, Outcome, Query, Status, SystemResult
from service.core.fields import (
    ASK_JUDGES,
    LABEL_CASE,
    RECUSE,
    AllDiffer,
    JudgeScores,
    Name,
    SourceText,
    SystemOutput,
    custom_error,
)
from service.core.judging import Budget
from service.core.limits import Refused
from service.core.query import JudgeResult, JudgeStatus

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
        outputs, systems = self.outputs or {}, self.systems or []
        if both := [name for name in systems if name in outputs]:
            detail = "has {name} both in outputs and in systems"
            raise custom_error("duplicate-value", detail, name=repr(both[0]))
        if (count := len(outputs) + len(systems)) > limits.MOST_SYSTEMS:
            detail = "has {count} outputs and systems; the limit is {most}"
            raise custom_error("too-many-systems", detail, count=count, most=limits.MOST_SYSTEMS)
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


class Candidate(TypedDict):
    """A candidate, the systems that voted for it, and the decision."""

    start: Annotated[
        int, Field(description="First token of the source, or of `backbone`, that it replaces")
    ]
    end: Annotated[int, Field(description="End token, exclusive; `start` for an insertion")]
    offset: Annotated[int, Field(description="Start in characters of the source, or of `backbone`")]
    length: int
    original: str
    replacement: str
    type: str
    voters: list[str]
    probability: Annotated[
        float,
        Field(
            description="If the combiner is `calibrated`, the probability that it is right; "
            "if not, its support among the systems"
        ),
    ]
    accepted: bool
    reason: Reason
    tied: Annotated[
        bool,
        Field(
            description="As probable as the accepted candidate for the same words, text or label; "
            "or accepted before an equally probable one, which had fewer voters, less agreement, "
            "or later systems"
        ),
    ]
    note: Annotated[
        str | None,
        Field(description="How many systems change these words, if differently"),
    ]
    levels: NotRequired[
        Annotated[list[str], Field(description="The levels of a stack that take the candidate")]
    ]


class Tokens(TypedDict):
    """The tokens of questions, and of their answers."""

    sent: int
    received: int


class Spending(TypedDict):
    """The cost of calls to systems or judges."""

    calls: int
    remembered: Annotated[int, Field(description="Answers from the cache, which are free")]
    tokens: Annotated[Tokens | None, Field(description="null if none are reported")]
    cost: Annotated[
        float | None, Field(description="By the prices in the roster; null if it has none")
    ]


class Part(TypedDict):
    """One system's contribution to the answer."""

    status: Annotated[
        Status,
        Field(
            description="`missing`: the request gave it as null or empty; `late`: not waited for; "
            "`not asked`: not needed. The last two are as the roster plans it, and no failure"
        ),
    ]
    weight: float
    milliseconds: Annotated[
        float | None,
        Field(description="null if the request had its output, or it was not asked"),
    ]
    text: NotRequired[Annotated[str, Field(description="Its answer, if it was asked")]]
    reason: NotRequired[Annotated[str, Field(description="Why the status is not ok")]]
    spent: NotRequired[
        Annotated[Spending, Field(description="Its cost, if it is a model that counts it")]
    ]


class JudgePart(TypedDict):
    """One judge of the service, and its scores if it was asked."""

    status: JudgeStatus
    reason: Annotated[str | None, Field(description="Why the status is not ok")]
    scores: Annotated[dict[str, float], Field(description="By system: higher is better")]
    calls: int
    tokens: Annotated[Tokens | None, Field(description="null if the judge reports none")]
    cost: Annotated[
        float | None, Field(description="By the prices in the roster; null if it has none")
    ]
    milliseconds: Annotated[float | None, Field(description="null if it was not asked now")]


def spending(spent: Spent) -> Spending:
    """Return the cost of some calls as answers show it."""
    known = spent.tokens_in is not None and spent.tokens_out is not None
    tokens = Tokens(sent=spent.tokens_in or 0, received=spent.tokens_out or 0)
    return Spending(
        calls=spent.calls,
        remembered=spent.remembered,
        tokens=tokens if known else None,
        cost=spent.cost,
    )


class CombinerUsed(TypedDict):
    """The combiner; with its signature the result can be repeated."""

    name: str
    version: str
    signature: str
    calibrated: Annotated[bool, Field(description="Whether probabilities were fitted to labels")]


class CombineAnswer(TypedDict):
    """One text, with the evidence for it."""

    text: Annotated[str | None, Field(description="null if there is no label")]
    backbone: Annotated[
        str | None,
        Field(description="The output that `fuse` changed; null if a text is not fused"),
    ]
    candidates: list[Candidate]
    systems: dict[str, Part]
    combiner: CombinerUsed
    degraded: Annotated[
        bool, Field(description="Whether some system is `failed`, `timeout` or `missing`")
    ]
    spent: NotRequired[
        Annotated[Spending, Field(description="The cost of all systems and judges, if any counts")]
    ]
    judges: NotRequired[
        Annotated[dict[str, JudgePart], Field(description="Only where the service has judges")]
    ]


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


def shown(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as a `CombineAnswer`."""
    evidence = outcome.combination.evidence()
    answer = {
        "text": evidence["text"],
        "backbone": evidence["backbone"],
        "candidates": evidence["candidates"],
        "systems": {name: _part(result) for name, result in outcome.results.items()},
        "combiner": CombinerUsed(
            name=outcome.combiner.name,
            version=outcome.version,
            signature=outcome.signature,
            calibrated=outcome.combination.calibrated,
        ),
        "degraded": outcome.degraded,
    }
    if (spent := outcome.spent) != Spent():
        answer["spent"] = spending(spent)
    if outcome.judges:
        answer["judges"] = {name: _judge_part(result) for name, result in outcome.judges.items()}
    return answer


def _judge_part(result: JudgeResult) -> JudgePart:
    spent = result.spent
    known = spent.tokens_in is not None and spent.tokens_out is not None
    tokens = Tokens(sent=spent.tokens_in or 0, received=spent.tokens_out or 0)
    return JudgePart(
        status=result.status,
        reason=result.reason,
        scores=dict(result.scores),
        calls=spent.calls,
        tokens=tokens if known else None,
        cost=spent.cost,
        milliseconds=result.milliseconds,
    )


def _part(result: SystemResult) -> Part:
    part = Part(status=result.status, weight=result.weight, milliseconds=result.milliseconds)
    if result.text is not None:
        part["text"] = result.text
    if result.reason is not None:
        part["reason"] = result.reason
    if result.spent != Spent():
        part["spent"] = spending(result.spent)
    return part


def routes(application: Application) -> APIRouter:
    """Return the route for one segment."""
    router = APIRouter(tags=["combine"])
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
