"""`POST /v1/combine`: what several systems made of one segment, to one text."""

from typing import Annotated, NotRequired, Self

from fastapi import APIRouter, Request
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)
from pydantic_core import PydanticCustomError, to_json
from starlette.responses import Response
from typing_extensions import TypedDict

from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from ensemble.decoding.decode import Reason
from service.api import body
from service.api.openapi import problem_responses, ref, request_body
from service.api.quota import spend
from service.core import limits, strict_json
from service.core.engine import Engine, Outcome, Query, Status, Voice
from service.core.fields import LABEL_CASE, AllDiffer, Name, SourceText, Text
from service.core.limits import Refused
from service.core.settings import Settings

EXAMPLE = {
    "source": "I has a apple.",
    "outputs": {"a": "I have an apple.", "b": "I has an apple.", "c": "I have an ample."},
}


_COUNT = Field(min_length=1, max_length=limits.MOST_SYSTEMS)


def _given(**fewest: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the schema of an object in which these keys are there, each as its schema says."""
    return {"required": list(fewest), "properties": dict(fewest)}


_NOTHING: dict[str, JsonValue] = {"type": "null"}
_ENOUGH: list[JsonValue] = [
    {"properties": {"outputs": _NOTHING, "systems": _NOTHING}},
    _given(outputs={"type": "object", "minProperties": limits.FEWEST_SYSTEMS}),
    _given(systems={"type": "array", "minItems": limits.FEWEST_SYSTEMS}),
    _given(outputs={"type": "object"}, systems={"type": "array"}),
]
"""Nothing named, so that all systems are asked; or at least two outputs and systems together."""


class CombineRequest(BaseModel):
    """A source, and what systems made of it, which systems to ask for more, or both.

    Without either, all systems of /v1/systems are asked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"anyOf": _ENOUGH})

    source: SourceText
    outputs: Annotated[dict[Name, Text | None], _COUNT] | None = Field(
        default=None, description="By system; null where a system gave nothing"
    )
    systems: Annotated[list[Name], _COUNT, AllDiffer()] | None = Field(
        default=None,
        description="Systems of /v1/systems to ask for their outputs, beside those given; "
        "by default all where none are given. No name may be in both",
    )
    kind: Kind | None = Field(default=None, description="By default the combiner's usual one")
    combiner: Annotated[str, Field(max_length=limits.LONGEST_COMBINER)] | None = Field(
        default=None,
        description="`vote`, `mbr`, or one of /v1/combiners as `a`, `a@3` or `a@champion`; "
        "by default `vote`, and for texts `mbr`",
    )
    label_case: LabelCase = Field(default="keep", description=LABEL_CASE)

    @model_validator(mode="after")
    def _all_have_one_output(self) -> Self:
        outputs, systems = self.outputs or {}, self.systems or []
        if both := [name for name in systems if name in outputs]:
            what = {"name": repr(both[0])}
            raise PydanticCustomError("both", "has {name} both in outputs and in systems", what)
        if (count := len(outputs) + len(systems)) > limits.MOST_SYSTEMS:
            numbers = {"count": count, "most": limits.MOST_SYSTEMS}
            raise PydanticCustomError(
                "many", "has {count} outputs and systems; at most {most} are combined", numbers
            )
        return self

    def query(self) -> Query:
        """Return what the engine is asked."""
        return Query(
            self.source,
            self.outputs,
            self.systems,
            self.kind,
            self.combiner,
            label_case=self.label_case,
        )


class Candidate(TypedDict):
    """One thing that could be taken, who proposed it, and what became of it."""

    start: Annotated[int, Field(description="First token of the source that it replaces")]
    end: Annotated[int, Field(description="The token behind the last; as `start`: an insertion")]
    offset: Annotated[int, Field(description="The same in the characters of the source")]
    length: int
    original: str
    replacement: str
    type: str
    voters: list[str]
    probability: Annotated[float, Field(description="The combiner's belief that it is right")]
    accepted: bool
    reason: Reason
    tied: Annotated[
        bool,
        Field(
            description="As probable as the one taken (text, label, change of the same words), or "
            "taken over one as probable: by more voters, by agreement or by the order of systems"
        ),
    ]
    note: Annotated[
        str | None, Field(description="How many change these words, where they do not agree how")
    ]


class Part(TypedDict):
    """What one system had to do with it."""

    status: Status
    weight: float
    milliseconds: Annotated[float | None, Field(description="null where its output was given")]
    text: NotRequired[Annotated[str, Field(description="What it answered, where it was asked")]]
    reason: NotRequired[Annotated[str, Field(description="Why it is not ok")]]


class CombinerUsed(TypedDict):
    """Which combiner it was; the signature says how to get the same again."""

    name: str
    version: str
    signature: str


class CombineAnswer(TypedDict):
    """One text, with the evidence for it."""

    text: Annotated[str | None, Field(description="null where no label was given")]
    candidates: list[Candidate]
    systems: dict[str, Part]
    combiner: CombinerUsed
    degraded: Annotated[bool, Field(description="Whether some system is not ok")]


async def combined(engine: Engine, query: Query) -> bytes:
    """Return what `engine` makes of `query` as it is sent: a `CombineAnswer`.

    Raises:
        Refused: as the engine says, or there is only one output or system.
    """
    if len(query.outputs or ()) + len(query.systems or ()) == 1:
        alone = "outputs" if query.outputs else "systems"
        fewest = limits.FEWEST_SYSTEMS
        raise Refused([alone], f"has 1 element; at least {fewest} outputs and systems are combined")
    return to_json(_answer(await engine.combine(query)))


def _answer(outcome: Outcome) -> dict[str, object]:
    name, signature = outcome.combiner.name, outcome.signature
    return {
        **outcome.combination.evidence(),
        "systems": {name: _part(voice) for name, voice in outcome.voices.items()},
        "combiner": CombinerUsed(name=name, version=outcome.version, signature=signature),
        "degraded": outcome.degraded,
    }


def _part(voice: Voice) -> Part:
    part = Part(status=voice.status, weight=voice.weight, milliseconds=voice.milliseconds)
    if voice.text is not None:
        part["text"] = voice.text
    if voice.reason is not None:
        part["reason"] = voice.reason
    return part


def routes(engine: Engine, settings: Settings) -> APIRouter:
    """Return the route for one segment."""
    router = APIRouter(tags=["combine"])

    @router.post(
        "/v1/combine",
        response_class=Response,
        responses={200: {"model": CombineAnswer}, **problem_responses(408, 413, 415, 422, 503)},
        openapi_extra=request_body(
            {body.JSON: {"schema": ref("CombineRequest"), "example": EXAMPLE}}
        ),
    )
    async def combine(request: Request) -> Response:
        """Combine the outputs of several systems for one segment."""
        body.media_type(request, [body.JSON])
        content = await body.read(request, settings.body_bytes, settings.read_timeout_s)
        query = strict_json.validate(CombineRequest, strict_json.parse(content)).query()
        await spend(request, 1)
        return Response(await combined(engine, query), media_type=body.JSON)

    return router
