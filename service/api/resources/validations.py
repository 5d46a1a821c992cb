"""`POST /v1/validations`: validates metrics on lattices of gold edits, without judgements."""

from functools import partial
from typing import Annotated, Literal, NotRequired

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.responses import Response
from typing_extensions import TypedDict

from evaluation.lattice.analysis import summarise
from evaluation.lattice.config import LatticeOptions, Source
from evaluation.lattice.experiment import LatticeResult
from evaluation.lattice.run import named_rows
from evaluation.reporting.table import Table, sign
from service.api import body
from service.api.openapi import json_body, problem_responses
from service.container import Application
from service.core import limits, validate_metrics
from service.core.fields import AllDiffer, OneOfMetrics
from service.core.validate_metrics import OFFERED, RESAMPLES, Question

_RIGHT = "|||REQUIRED|||-NONE-|||"
EXAMPLE = {
    "m2": "S He go to scool evry day .\n"
    f"A 1 2|||R:VERB:SVA|||goes{_RIGHT}0\n"
    f"A 3 4|||R:SPELL|||school{_RIGHT}0\n"
    f"A 3 4|||R:SPELL|||school{_RIGHT}1\n"
    f"A 4 5|||R:SPELL|||every{_RIGHT}1\n",
    "metrics": ["maxmatch", "chrf", "levenshtein-source"],
}


class ValidationRequest(BaseModel):
    """Gold edits of several annotators, and the metrics to validate on them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    m2: str = Field(min_length=1, description="The text of an M2 file with at least two annotators")
    metrics: Annotated[
        list[Annotated[str, OneOfMetrics(OFFERED)]],
        Field(min_length=1, max_length=limits.MOST_METRICS),
        AllDiffer(),
    ]
    chains: int = Field(default=1, ge=1, le=10, description="Orders of each annotator's edits")
    sources: Annotated[list[Source], Field(min_length=1), AllDiffer()] = Field(
        default=["original"],
        description="The source given to metrics: the sentence, or a text of its lattice",
    )
    seed: int = Field(default=1, ge=0, lt=1 << 32)

    def question(self) -> Question:
        """Return the question for the validation; its gold edits are read with the work on it."""
        plan = LatticeOptions(
            chains=self.chains,
            sources=tuple(self.sources),
            attacks=(),  # the limits are on texts that are near their references
            resamples=RESAMPLES,
            seed=self.seed,
        )
        return Question(self.m2, self.metrics, plan)


class Figure(TypedDict):
    """One figure; null if the data do not define it, without bounds if they are unknown."""

    name: str
    level: Literal["corpus", "sentence", "type", "damage"]
    statistic: str
    value: float | None
    low: NotRequired[float]
    high: NotRequired[float]
    n: NotRequired[int]


class Found(TypedDict):
    """The verdict on a metric, the edits it punishes by source, and the damage it misses."""

    metric: str
    verdict: str
    punished: dict[str, list[str]]
    unseen: list[str]


class Size(TypedDict):
    """Size of the lattice."""

    sentences: int
    chains: int
    texts: int


class ValidationAnswer(TypedDict):
    """The verdicts on all metrics, notes about omissions, and all figures."""

    findings: list[Found]
    notes: list[str]
    size: Size
    rows: list[Figure]
    signature: str


def _answer(question: Question, result: LatticeResult) -> bytes:
    signature = sign("validation", question.plan.parameters())
    return to_json(
        {
            "findings": [summary.fields() for summary in summarise(result, ())],
            "notes": result.notes,
            "size": result.size,
            **Table(named_rows(result), signature).fields(),
        }
    )


def routes(application: Application) -> APIRouter:
    """Return the route for validations."""
    router = APIRouter(tags=["evaluate"])
    settings = application.settings

    @router.post(
        "/v1/validations",
        response_class=Response,
        responses={200: {"model": ValidationAnswer}, **problem_responses(408, 413, 415, 422, 503)},
        openapi_extra=json_body(ValidationRequest, EXAMPLE),
    )
    async def run_validation(request: Request) -> Response:
        """Validate metrics on sentences with more and more of an annotator's edits applied."""
        question = (await body.read_json(request, ValidationRequest, settings)).question()
        work = partial(validate_metrics.answer, question, settings.batch_deadline_s)
        result = await application.validating.run(work)
        return Response(_answer(question, result), media_type=body.JSON)

    return router
