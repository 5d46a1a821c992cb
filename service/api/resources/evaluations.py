"""`POST /v1/evaluations`: compares metrics with human judgements; `GET /v1/metrics`."""

from collections.abc import Iterator, Mapping, Sequence, Sized
from functools import partial
from typing import Annotated, Literal, NotRequired, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import to_json
from starlette.responses import Response
from typing_extensions import TypedDict

from evaluation.meta_evaluation.analysis import Analysis
from evaluation.meta_evaluation.dataset import Dataset
from evaluation.meta_evaluation.run import comparison_fields
from evaluation.metrics.base import Need
from evaluation.metrics.registry import Entry, entries
from evaluation.reporting.table import Table, sign
from evaluation.statistics.correlation import Grouping
from service.api import body
from service.api.openapi import json_body, problem_responses
from service.container import Application
from service.core import evaluate_metrics, limits
from service.core.admission import check_work
from service.core.evaluate_metrics import OFFERED, OFFERED_TOKENIZERS, Question
from service.core.fields import AllDiffer, Name, OneOfMetrics, Text, custom_error
from service.core.limits import Refused

EXAMPLE = {
    "judgements": {"a": [5, 3, 4, 1], "b": [4, 2, None, 1], "c": [2, 2, 3, 5]},
    "scores": {
        "good": {"a": [0.9, 0.5, 0.8, 0.1], "b": [0.8, 0.3, 0.7, 0.2], "c": [0.3, 0.2, 0.5, 0.9]},
        "poor": {"a": [0.2, 0.5, 0.1, 0.7], "b": [0.8, 0.3, 0.6, 0.2], "c": [0.3, 0.9, 0.5, 0.4]},
    },
}

Number = Annotated[
    float,
    Field(strict=True, allow_inf_nan=False, ge=-limits.LARGEST_NUMBER, le=limits.LARGEST_NUMBER),
]
# Only the first fault of a list is described: those of 200,000 numbers would take over a second.
_SEGMENTS = Field(min_length=1, max_length=limits.MOST_JUDGED, fail_fast=True)
_SYSTEMS = Field(min_length=1, max_length=limits.MOST_SYSTEMS)
_METRICS = Field(min_length=1, max_length=limits.MOST_METRICS)
MetricName = Annotated[str, OneOfMetrics(OFFERED, OFFERED_TOKENIZERS)]
BySystem = Annotated[dict[Name, Annotated[list[Number | None], _SEGMENTS]], _SYSTEMS]


class TextsGiven(BaseModel):
    """Outputs of systems, with sources and references to score them by, segment by segment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outputs: Annotated[dict[Name, Annotated[list[Text | None], _SEGMENTS]], _SYSTEMS] = Field(
        description="By system; null if it gave no output"
    )
    sources: Annotated[list[Text], _SEGMENTS] | None = None
    references: (
        Annotated[
            list[Annotated[list[Text], Field(min_length=1, max_length=limits.MOST_REFERENCES)]],
            _SEGMENTS,
        ]
        | None
    ) = Field(default=None, description="One or more for each segment")


class EvaluationRequest(BaseModel):
    """Human judgements of outputs, with either scores of metrics or the texts to score."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"oneOf": [{"required": ["scores"]}, {"required": ["texts"]}]},
    )

    judgements: BySystem = Field(
        description="By system, a number for each segment; higher is better, null if not judged"
    )
    scores: Annotated[dict[Name, BySystem], _METRICS] | None = Field(
        default=None, description="By metric and system, a number for each segment; null if missing"
    )
    texts: TextsGiven | None = Field(default=None, description="Texts to score with `metrics`")
    metrics: Annotated[list[MetricName], _METRICS, AllDiffer()] | None = Field(
        default=None,
        description="Metrics of /v1/metrics, for `texts`: `chrf` or `chrf:word_order=2`",
    )
    grouping: Grouping = Field(
        default="none", description="Which segment scores are compared with each other"
    )

    lower_is_better: Annotated[list[Name], Field(max_length=limits.MOST_METRICS), AllDiffer()] = (
        Field(default=[], description="Metrics of `scores` or `metrics` of which lower is better")
    )
    judgements_lower_is_better: bool = Field(
        default=False, description="Whether judgements count errors, or are ranks"
    )

    @model_validator(mode="after")
    def _is_either(self) -> Self:
        if (self.scores is None) == (self.texts is None):
            raise custom_error("conflicting-fields", "needs exactly one of scores and texts")
        if (self.texts is None) != (self.metrics is None):
            raise custom_error("conflicting-fields", "needs metrics with texts, and only then")
        return self

    def question(self) -> Question:
        """Return the question for the evaluation.

        Raises:
            Refused: systems or segments differ, or a limit is exceeded.
        """
        systems = list(self.judgements)
        n = len(self.judgements[systems[0]])
        for path, given in self._by_system():
            _check(path, given, systems, n)
        _check_size(len(systems) * n, len(self.metrics or self.scores or ()))
        _check_named(self.lower_is_better, self.metrics or list(self.scores or ()))
        texts = self.texts
        dataset = self._dataset(texts, systems, n) if texts else None
        characters = _compared(texts, len(systems)) if texts else 0
        return Question(
            self.judgements,
            self.scores,
            dataset,
            self.metrics or (),
            self.grouping,
            self.lower_is_better,
            self.judgements_lower_is_better,
            characters,
        )

    def _by_system(self) -> Iterator[tuple[list[str], Mapping[str, Sized]]]:
        yield ["judgements"], self.judgements
        for name, scores in (self.scores or {}).items():
            yield ["scores", name], scores
        if self.texts:
            yield ["texts", "outputs"], self.texts.outputs

    def _dataset(self, texts: TextsGiven, systems: Sequence[str], n: int) -> Dataset:
        for name in ("sources", "references"):
            given: Sized | None = getattr(texts, name)
            if given is not None and len(given) != n:
                detail = f"has {len(given)} segments; judgements have {n}"
                raise Refused("segment-mismatch", ["texts", name], detail)
        numbers = tuple(map(str, range(1, n + 1)))
        outputs = {name: texts.outputs[name] for name in systems}
        return Dataset(tuple(systems), numbers, outputs, texts.sources, texts.references)


def _compared(texts: TextsGiven, systems: int) -> int:
    """Return the characters of outputs, and of the texts that each is compared with.

    Raises:
        Refused: there are too many.
    """
    outputs = sum(len(text or "") for own in texts.outputs.values() for text in own)
    references = sum(len(text) for own in texts.references or () for text in own)
    many = outputs + (references + sum(map(len, texts.sources or ()))) * systems
    if many > limits.SCORED_CHARACTERS:
        detail = f"has {many} characters to compare; the limit is {limits.SCORED_CHARACTERS}"
        raise Refused("text-too-long", ["texts"], detail)
    return many


def _check_named(lower_is_better: Sequence[str], metrics: Sequence[str]) -> None:
    for place, name in enumerate(lower_is_better):
        if name not in metrics:
            detail = f"{name!r} is not a metric of the request; there are {', '.join(metrics)}"
            raise Refused("invalid-value", ["lower_is_better", place], detail)


def _check_size(judged: int, metrics: int) -> None:
    if judged > limits.MOST_JUDGED:
        detail = f"has judgements of {judged} outputs; the limit is {limits.MOST_JUDGED}"
        raise Refused("too-many", ["judgements"], detail)
    if judged * metrics > limits.MOST_SCORES:
        detail = f"with {metrics} metrics makes {judged * metrics} scores"
        detail += f"; the limit is {limits.MOST_SCORES}"
        raise Refused("too-many", ["judgements"], detail)


def _check(path: list[str], given: Mapping[str, Sized], systems: Sequence[str], n: int) -> None:
    if odd := sorted(set(given) ^ set(systems)):
        detail = f"has other systems than the judgements: only one of them has {odd[0]!r}"
        raise Refused("segment-mismatch", path, detail)
    for name, segments in given.items():
        if len(segments) != n:
            detail = f"has {len(segments)} segments; {systems[0]} has {n}"
            raise Refused("segment-mismatch", [*path, name], detail)


class Figure(TypedDict):
    """One figure; null if the data do not define it, without bounds if they are unknown."""

    name: str
    level: Literal["segment", "system", "raters"]
    statistic: str
    value: float | None
    low: NotRequired[float]
    high: NotRequired[float]
    n: NotRequired[int]
    p: NotRequired[
        Annotated[float, Field(description="Of the best being better; two-sided, after Holm")]
    ]


class Ranked(TypedDict):
    """A metric with its value and cluster."""

    metric: str
    value: float | None
    cluster: Annotated[
        int, Field(description="From 1; equal for metrics that do not differ significantly")
    ]
    p_better_than: Annotated[dict[str, float | None], Field(description="Two-sided, after Holm")]


class Ranking(TypedDict):
    """Metrics from the best to the worst, by one statistic at one level."""

    level: Literal["segment", "system"]
    statistic: str
    test: str
    ranking: list[Ranked]


class EvaluationAnswer(TypedDict):
    """The metric to use, the confidence in that, and all figures."""

    conclusion: str
    verdict: Annotated[str, Field(description="The conclusion with its figures")]
    notes: list[str]
    comparisons: list[Ranking]
    rows: list[Figure]
    signature: str


class MetricOption(TypedDict):
    """An option of a metric, given as `chrf:word_order=2`."""

    name: str
    default: bool | int | float | str


class MetricOffered(TypedDict):
    """A metric for texts, and the inputs it needs."""

    name: str
    description: str
    needs: list[Need]
    options: list[MetricOption]


def _answer(question: Question, analysis: Analysis) -> bytes:
    signature = sign("evaluation", question.options.parameters())
    return to_json(
        {
            "conclusion": analysis.conclusion,
            "verdict": analysis.verdict,
            "notes": analysis.notes,
            "comparisons": [comparison_fields(one) for one in analysis.comparisons.values()],
            **Table(analysis.rows, signature).fields(),
        }
    )


def _offered(entry: Entry) -> MetricOffered:
    options = [MetricOption(name=o.name, default=o.default) for o in entry.options]
    return MetricOffered(
        name=entry.name,
        description=entry.summary,
        needs=sorted(entry.needs),
        options=options,
    )


def routes(application: Application) -> APIRouter:
    """Return the routes that compare metrics with human judgements."""
    router = APIRouter(tags=["evaluate"])
    settings = application.settings
    offered = [_offered(entries()[name]) for name in OFFERED]

    @router.get("/v1/metrics", response_model=list[MetricOffered])
    async def list_metrics() -> list[MetricOffered]:
        """List the metrics with which an evaluation can score texts."""
        return offered

    @router.post(
        "/v1/evaluations",
        response_class=Response,
        responses={200: {"model": EvaluationAnswer}, **problem_responses(408, 413, 415, 422, 503)},
        openapi_extra=json_body(EvaluationRequest, EXAMPLE),
    )
    async def run_evaluation(request: Request) -> Response:
        """Compare metrics with human judgements; report which to use, and how certain that is."""
        question = (await body.read_json(request, EvaluationRequest, settings)).question()
        check_work(question.units, settings.batch_deadline_s, [])
        analysis = await application.evaluating.run(partial(evaluate_metrics.answer, question))
        return Response(_answer(question, analysis), media_type=body.JSON)

    return router
