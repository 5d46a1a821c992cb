"""The answer to a combination: one text, with the evidence for it, as JSON."""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from ensemble.decoding.decode import Reason
from ensemble.systems.spending import Spent
from service.api.in_turns import json_of
from service.core.query import JudgeResult, JudgeStatus, Outcome, Status, SystemResult


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

    text: Annotated[str | None, Field(description="null if no system gave a label")]
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


def shown(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as a `CombineAnswer`."""
    candidates = [decision.evidence() for decision in outcome.combination.decisions]
    return {**_without_candidates(outcome), "candidates": candidates}


async def json_of_outcome(outcome: Outcome) -> bytes:
    """Return an outcome as JSON, a `CombineAnswer`; many candidates are written in turns."""
    candidates = (decision.evidence() for decision in outcome.combination.decisions)
    return await json_of(_without_candidates(outcome), "candidates", candidates)


def _without_candidates(outcome: Outcome) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "text": outcome.combination.text,
        "backbone": outcome.combination.backbone,
        "candidates": [],
        "systems": {name: _part(result) for name, result in outcome.results.items()},
        "combiner": CombinerUsed(
            name=outcome.combiner.name,
            version=outcome.version,
            signature=outcome.signature,
            calibrated=outcome.combination.calibrated,
        ),
        "degraded": outcome.degraded,
    }
    if spent := outcome.spent:
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
    if result.spent:
        part["spent"] = spending(result.spent)
    return part
