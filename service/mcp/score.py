"""The tool `score`: an automatic metric of outputs, against references or sources."""

from itertools import chain
from typing import Annotated, NotRequired, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from evaluation.metrics.base import Texts, require, score_corpus, score_segments
from evaluation.metrics.registry import entries, load_metric
from service.core import limits
from service.core.evaluate_metrics import OFFERED, OFFERED_TOKENIZERS
from service.core.fields import OneOfMetrics, Text, custom_error
from service.core.limits import Refused
from service.core.serial_executor import SerialExecutor
from service.core.settings import Settings
from service.mcp.tool import Result, Tool

_DESCRIPTION = """\
Score outputs by an automatic metric, against references (better texts, such as a human's) or \
against their sources (how much of them is kept). Higher is better. For one output give one text \
in each list; for several, a list of the same length in each. Metrics:
{}"""

Segments = Annotated[list[Text], Field(min_length=1, max_length=limits.MOST_JUDGED)]


class ScoreArguments(BaseModel):
    """Outputs of one system, with what the metric compares them with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: Annotated[str, OneOfMetrics(OFFERED, OFFERED_TOKENIZERS)] = Field(
        description="A metric, with options as in `chrf:word_order=2`"
    )
    texts: Segments = Field(description="The outputs to score")
    references: Segments | None = Field(
        default=None, description="For each of the texts, the one that it should be like"
    )
    sources: Segments | None = Field(
        default=None, description="For each of the texts, the one that it was made from"
    )

    @model_validator(mode="after")
    def _lengths_are_the_same(self) -> Self:
        for name in ("references", "sources"):
            given = getattr(self, name)
            if given is not None and len(given) != len(self.texts):
                detail = "has {given} {name} for {many} texts"
                counts = {"given": len(given), "name": name, "many": len(self.texts)}
                raise custom_error("segment-mismatch", detail, **counts)
        return self


class Scored(TypedDict):
    """The scores of outputs by a metric."""

    metric: str
    score: Annotated[
        float | None, Field(description="Of all texts together; null if it is undefined")
    ]
    low: NotRequired[Annotated[float, Field(description="Bounds of its 95% interval")]]
    high: NotRequired[float]
    segments: Annotated[
        list[float | None], Field(description="Of each text; null where its reference is blank")
    ]
    signature: Annotated[str, Field(description="With it the score can be repeated")]


def score(settings: Settings) -> Tool[ScoreArguments]:
    """Return the tool that scores, one call at a time."""
    executor = SerialExecutor(settings.batch_deadline_s, "score")

    async def run(arguments: ScoreArguments) -> Result:
        _check_size(arguments)
        fields = await executor.run(lambda: _scored(arguments))
        return Result(fields, _text(fields))

    metrics = (f"- {name}: {entries()[name].summary}" for name in OFFERED)
    description = _DESCRIPTION.format("\n".join(metrics))
    return Tool("score", "Score outputs", description, ScoreArguments, Scored, run)


def _check_size(arguments: ScoreArguments) -> None:
    texts = chain(arguments.texts, arguments.references or (), arguments.sources or ())
    if (many := sum(map(len, texts))) > limits.SCORED_CHARACTERS:
        detail = f"has {many} characters to compare; the limit is {limits.SCORED_CHARACTERS}"
        raise Refused("text-too-long", [], detail)


def _scored(arguments: ScoreArguments) -> Scored:
    """Return the scores.

    Raises:
        Refused: the metric lacks an input, or cannot score these texts.
    """
    given = arguments.references
    references = None if given is None else [[text] for text in given]
    texts = Texts(arguments.texts, arguments.sources, references)
    try:
        metric = load_metric(arguments.metric)
        require(texts, metric.needs, arguments.metric)
        whole = score_corpus(metric, texts)
        segments = score_segments(metric, texts)
    except ValueError as error:
        raise Refused("not-computable", ["metric"], str(error)) from error
    row = whole.rows[0]
    scored = Scored(
        metric=arguments.metric,
        score=None if np.isnan(row.value) else float(row.value),
        segments=[None if np.isnan(value) else float(value) for value in segments],
        signature=whole.signature,
    )
    if row.low is not None and row.high is not None:
        scored["low"], scored["high"] = float(row.low), float(row.high)
    return scored


def _text(fields: Scored) -> str:
    if fields["score"] is None:
        return f"{fields['metric']} is not defined for these texts."
    text = f"{fields['metric']}: {fields['score']:.2f}"
    if "low" in fields:
        text += f" (95% interval {fields['low']:.2f} to {fields['high']:.2f})"
    many = len(fields["segments"])
    return f"{text}, {many} text{'' if many == 1 else 's'}; higher is better."
