"""The tool `explain`: why the combination took or did not take each candidate, in words."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from ensemble.decoding.decode import Decision
from service.core.engine import Engine, Outcome
from service.mcp import words
from service.mcp.asking import Arguments, named, outcome_of
from service.mcp.tool import Result, Tool

_DESCRIPTION = """\
Explain a combination in words: for each change, text or label that a system proposes, whether it \
was taken or outvoted, and why. Takes the same arguments as `combine` and combines in the same \
way; use it to answer why something was or was not changed. {}"""


class Explanation(TypedDict):
    """One candidate, and why it was taken or not."""

    original: str
    replacement: str
    voters: list[str]
    accepted: bool
    explanation: str


class Explained(TypedDict):
    """The result of the combination, and the explanation of each candidate."""

    text: Annotated[str | None, Field(description="The result; null if no system gave a label")]
    summary: str
    explanations: list[Explanation]
    combiner: str
    degraded: Annotated[bool, Field(description="Whether some system has no output")]


def explain(engine: Engine) -> Tool[Arguments]:
    """Return the tool that explains combinations by `engine`."""

    async def run(arguments: Arguments) -> Result:
        outcome = await outcome_of(engine, arguments)
        fields = _fields(outcome)
        lines = [f"- {item['explanation']}" for item in fields["explanations"]]
        return Result(
            fields,
            "\n".join([fields["text"] or "No system gave a label.", "", fields["summary"], *lines]),
        )

    description = _DESCRIPTION.format(named(engine))
    return Tool("explain", "Explain a combination", description, Arguments, Explained, run)


def _fields(outcome: Outcome) -> Explained:
    explanations = [
        Explanation(
            original=decision.candidate.original,
            replacement=decision.candidate.replacement,
            voters=list(decision.candidate.voters),
            accepted=decision.accepted,
            explanation=_sentence(outcome, decision),
        )
        for decision in outcome.combination.decisions
    ]
    return Explained(
        text=outcome.combination.text,
        summary=_summary(outcome),
        explanations=explanations,
        combiner=outcome.combiner.name,
        degraded=outcome.degraded,
    )


def _sentence(outcome: Outcome, decision: Decision) -> str:
    described = words.change(outcome, decision)
    return f"{described[:1].upper()}{described[1:]}. {words.reason(outcome, decision)}"


def _summary(outcome: Outcome) -> str:
    decisions = outcome.combination.decisions
    taken = sum(decision.accepted for decision in decisions)
    noun = {"edits": "change", "texts": "candidate", "labels": "label"}[outcome.kind]
    if decisions:
        nouns = noun if len(decisions) == 1 else f"{noun}s"
        first = f"The combiner {outcome.combiner.name} took {taken} of {len(decisions)} {nouns}."
    elif outcome.kind == "labels":
        first = "No system has a label."
    else:
        first = "No system proposes a change, so the text is the source."
    absent = (f"{line}." for line in words.missing(outcome))
    return " ".join(filter(None, [first, words.about_support(outcome), *absent]))
