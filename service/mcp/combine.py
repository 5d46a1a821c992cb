"""The tool `combine`: one text of several outputs, with the evidence for it."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from ensemble.decoding.decode import Reason
from service.core.engine import Engine, Outcome, Status
from service.mcp import words
from service.mcp.asking import Arguments, named, outcome_of
from service.mcp.tool import Result, Tool

_DESCRIPTION = """\
Combine several outputs for the same input (corrections, translations, summaries, answers or \
labels by different systems or models) into one that is better than each, with the evidence for \
it. Give the outputs that you have; or give only `source` to have it corrected by all systems of \
this server. Nothing is invented: every piece of the result was proposed by a system that is \
named. {}"""


class Candidate(TypedDict):
    """A change, text or label that systems proposed, and the decision on it."""

    offset: Annotated[int, Field(description="Start in characters of the source, or of `backbone`")]
    length: int
    original: str
    replacement: str
    type: str
    voters: Annotated[list[str], Field(description="The systems that proposed it")]
    probability: Annotated[
        float,
        Field(
            description="If `calibrated`, the probability that it is right; if not, its support "
            "among the systems"
        ),
    ]
    accepted: Annotated[bool, Field(description="Whether it is in the text")]
    reason: Reason
    tied: bool
    note: str | None


class Part(TypedDict):
    """The part of one system."""

    status: Status
    weight: Annotated[float, Field(description="How much its vote counts")]
    text: NotRequired[Annotated[str, Field(description="Its output, if it was asked")]]
    reason: NotRequired[Annotated[str, Field(description="Why the status is not ok")]]


class Combined(TypedDict):
    """One text of several outputs, and the evidence for it."""

    text: Annotated[str | None, Field(description="The result; null if no system gave a label")]
    kind: str
    backbone: Annotated[
        str | None, Field(description="The output that `fuse` changed; null if a text is not fused")
    ]
    candidates: list[Candidate]
    systems: dict[str, Part]
    combiner: str
    signature: Annotated[str, Field(description="With it the result can be repeated")]
    calibrated: bool
    degraded: Annotated[bool, Field(description="Whether some system has no output")]


def combine(engine: Engine) -> Tool[Arguments]:
    """Return the tool that combines by `engine`."""

    async def run(arguments: Arguments) -> Result:
        outcome = await outcome_of(engine, arguments)
        return Result(_fields(outcome), _text(outcome))

    description = _DESCRIPTION.format(named(engine))
    return Tool("combine", "Combine outputs", description, Arguments, Combined, run)


def _fields(outcome: Outcome) -> Combined:
    combination = outcome.combination
    return Combined(
        text=combination.text,
        kind=outcome.kind,
        backbone=combination.backbone,
        candidates=[
            Candidate(
                offset=decision.candidate.offset,
                length=decision.candidate.length,
                original=decision.candidate.original,
                replacement=decision.candidate.replacement,
                type=decision.candidate.type,
                voters=list(decision.candidate.voters),
                probability=decision.probability,
                accepted=decision.accepted,
                reason=decision.reason,
                tied=decision.tied,
                note=decision.note,
            )
            for decision in combination.decisions
        ],
        systems=_parts(outcome),
        combiner=outcome.combiner.name,
        signature=outcome.signature,
        calibrated=combination.calibrated,
        degraded=outcome.degraded,
    )


def _parts(outcome: Outcome) -> dict[str, Part]:
    parts = {}
    for name, result in outcome.results.items():
        part = Part(status=result.status, weight=result.weight)
        if result.text is not None:
            part["text"] = result.text
        if result.reason is not None:
            part["reason"] = result.reason
        parts[name] = part
    return parts


def _text(outcome: Outcome) -> str:
    """Return the text, then a line for each candidate and for each system without an output."""
    text = outcome.combination.text
    lines = ["No system gave a label." if text is None else text, ""]
    for decision in outcome.combination.decisions:
        mark = "taken" if decision.accepted else "not taken"
        described = words.change(outcome, decision)
        lines.append(f"- {mark}: {described}, {words.support(outcome, decision)}")
    if not outcome.combination.decisions:
        lines.append("No system proposes a change.")
    return "\n".join([*lines, *(f"- {line}" for line in words.missing(outcome))])
