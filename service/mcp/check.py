"""The tool `check`: the corrections of a text by the systems of the roster."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from ensemble.combiners.registry import USUAL
from service.core.engine import Engine
from service.core.fields import SourceText
from service.core.limits import CHECKED_UNITS, Refused
from service.core.settings import Settings
from service.languagetool.checking import Checked, Checker, Sentence
from service.languagetool.document import units
from service.languagetool.matches import Match
from service.languagetool.rules import RULES, Selection
from service.languagetool.sentences import spans
from service.mcp.asking import named
from service.mcp.tool import Result, Tool

_DESCRIPTION = """\
Correct the spelling and grammar of a text of any number of sentences by all systems of this \
server, sentence by sentence, and return the corrected text with every correction, its place, and \
the systems that propose it. {}"""


class CheckArguments(BaseModel):
    """A text to correct."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: SourceText = Field(
        description=f"The text to correct; at most {CHECKED_UNITS} UTF-16 code units"
    )


class Correction(TypedDict):
    """One correction of a text."""

    offset: Annotated[int, Field(description="Start in characters of the text")]
    length: int
    original: str
    replacement: str
    alternatives: Annotated[
        list[str], Field(description="Other replacements, which fewer systems propose")
    ]
    description: Annotated[str, Field(description="The type of error")]
    systems: Annotated[list[str], Field(description="The systems that propose it")]
    probability: Annotated[float, Field(description="Its support among the systems, up to 1")]
    sentence: str


class Corrected(TypedDict):
    """A corrected text."""

    text: str
    corrections: list[Correction]
    degraded: Annotated[bool, Field(description="Whether some system missed some sentence")]
    gaps: Annotated[list[str], Field(description="Which, and why")]


def check(engine: Engine, settings: Settings) -> Tool[CheckArguments]:
    """Return the tool that checks texts by `engine`."""
    combiner = engine.trained_combiner.name if engine.trained_combiner else USUAL["edits"]
    checker = Checker(engine, combiner, settings.batch_deadline_s)

    async def run(arguments: CheckArguments) -> Result:
        text = arguments.text
        if (length := units(text)) > CHECKED_UNITS:
            detail = f"has {length} UTF-16 code units; the limit is {CHECKED_UNITS}"
            raise Refused("text-too-long", ["text"], detail)
        await engine.started()
        checked = await checker.check(text, list(spans(text)), Selection())
        fields = _fields(text, checked)
        return Result(fields, _text(fields))

    description = _DESCRIPTION.format(named(engine))
    return Tool("check", "Check a text", description, CheckArguments, Corrected, run)


def _fields(text: str, checked: Checked) -> Corrected:
    corrections = [c for sentence in checked.sentences for c in _corrections(text, sentence)]
    return Corrected(
        text=_corrected(text, corrections),
        corrections=corrections,
        degraded=bool(checked.gaps),
        gaps=list(checked.gaps),
    )


def _corrections(text: str, sentence: Sentence) -> Iterator[Correction]:
    source = text[sentence.start : sentence.end]
    for match in sentence.matches:
        replacement, *alternatives = match.replacements
        yield Correction(
            offset=sentence.start + match.start,
            length=match.end - match.start,
            original=source[match.start : match.end],
            replacement=replacement,
            alternatives=alternatives,
            description=RULES[match.strongest.candidate.type].description,
            systems=_systems(match),
            probability=match.strongest.probability,
            sentence=source,
        )


def _systems(match: Match) -> list[str]:
    return list(dict.fromkeys(name for d in match.decisions for name in d.candidate.voters))


def _corrected(text: str, corrections: list[Correction]) -> str:
    pieces, done = [], 0
    for correction in corrections:
        pieces += [text[done : correction["offset"]], correction["replacement"]]
        done = correction["offset"] + correction["length"]
    return "".join([*pieces, text[done:]])


def _text(fields: Corrected) -> str:
    lines = [
        f'- "{c["original"]}" changed to "{c["replacement"]}": {c["description"]}; '
        f"{', '.join(c['systems'])}"
        for c in fields["corrections"]
    ]
    lines = lines or ["No corrections."]
    return "\n".join([fields["text"], "", *lines, *(f"- {gap}" for gap in fields["gaps"])])
