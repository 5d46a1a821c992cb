"""Formats the result of a check as LanguageTool does."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from evaluation.version import VERSION
from service.languagetool.checking import Checked, Sentence
from service.languagetool.document import Document, units
from service.languagetool.languages import Language
from service.languagetool.matches import Match
from service.languagetool.rules import RULES

_AROUND = 40
_BESIDE = 500  # characters of its sentence on each side of a match
"""Characters of context on each side."""

_Units = Annotated[int, Field(description="UTF-16 code units")]


class Replacement(TypedDict):
    """A replacement for the matched text."""

    value: str


class Context(TypedDict):
    """The match with the text around it; line breaks are shown as spaces."""

    text: str
    offset: _Units
    length: _Units


class Category(TypedDict):
    """A group of rules."""

    id: str
    name: str


class RuleUsed(TypedDict):
    """The rule of a match, which stands for a type of edit."""

    id: str
    description: str
    issueType: str
    category: Category


class MatchType(TypedDict):
    """A type that LanguageTool defines; always `Other`."""

    typeName: str


class MatchFound(TypedDict):
    """One match: a stretch of text to replace."""

    message: str
    shortMessage: str
    replacements: Annotated[list[Replacement], Field(description="The first is the accepted one")]
    offset: _Units
    length: _Units
    context: Context
    sentence: str
    type: MatchType
    rule: RuleUsed
    ignoreForIncompleteSentence: bool
    contextForSureMatch: int


class Matches(TypedDict):
    """The answer to a check."""

    software: dict[str, Any]
    warnings: "Warnings"
    language: dict[str, Any]
    matches: list[MatchFound]
    sentenceRanges: list[list[int]]


class Warnings(TypedDict):
    """Whether some system did not check some sentence."""

    incompleteResults: bool
    incompleteResultsReason: NotRequired[str]


@dataclass(frozen=True, slots=True)
class LanguageFound:
    """The language, and whether it is the default; it is never detected."""

    language: Language
    automatic: bool


def software() -> dict[str, Any]:
    """Return the description of the software, with LanguageTool's keys."""
    return {
        "name": "Consort",
        "version": VERSION,
        "buildDate": "",
        "apiVersion": 1,
        "premium": False,
        "premiumHint": "",
        "status": "",
    }


def answer(document: Document, checked: Checked, language: LanguageFound) -> Matches:
    """Return the answer for a document after its check."""
    warnings = Warnings(incompleteResults=bool(checked.gaps))
    if checked.gaps:
        warnings["incompleteResultsReason"] = "; ".join(checked.gaps)
    return Matches(
        software=software(),
        warnings=warnings,
        language=_language(language),
        matches=[
            match
            for sentence in checked.sentences
            for match in _matches(document, sentence, language.language)
        ],
        sentenceRanges=[_range(document, sentence) for sentence in checked.sentences],
    )


def _language(found: LanguageFound) -> dict[str, Any]:
    named = {"name": found.language.name, "code": found.language.long_code}
    # A language named by the client is certain; the default is a guess without evidence.
    confidence = 0.0 if found.automatic else 1.0
    return {**named, "detectedLanguage": {**named, "confidence": confidence}}


def _range(document: Document, sentence: Sentence) -> list[int]:
    offset, length = document.place(sentence.start, sentence.end)
    return [offset, offset + length]


def _matches(document: Document, sentence: Sentence, language: Language) -> Iterator[MatchFound]:
    for match in sentence.matches:
        start, end = sentence.start + match.edit_start, sentence.start + match.edit_end
        if not document.is_markup(start, end):
            yield _match(document, sentence, match, language)


def _match(document: Document, sentence: Sentence, match: Match, language: Language) -> MatchFound:
    start, end = sentence.start + match.start, sentence.start + match.end
    offset, length = document.place(start, end)
    rule = RULES[match.strongest.candidate.type]
    return MatchFound(
        message=_message(match),
        shortMessage=rule.description,
        replacements=[Replacement(value=value) for value in match.replacements],
        offset=offset,
        length=length,
        context=_context(document.text, start, end),
        sentence=_sentence(document.text, sentence, start, end),
        type=MatchType(typeName="Other"),
        rule=RuleUsed(
            id=language.spelling_rule if match.is_one_misspelling else rule.id,
            description=rule.description,
            issueType=rule.issue_type,
            category=Category(id=rule.category, name=rule.category_name),
        ),
        ignoreForIncompleteSentence=False,
        contextForSureMatch=0,
    )


def _message(match: Match) -> str:
    described = dict.fromkeys(RULES[d.candidate.type].description for d in match.decisions)
    voters = dict.fromkeys(name for d in match.decisions for name in d.candidate.voters)
    return f"{', '.join(described)}. Proposed by {', '.join(voters)}."


def _sentence(text: str, sentence: Sentence, start: int, end: int) -> str:
    """Return the sentence of a match, of a long one the part around it.

    Each of its matches repeats it: 1,000 matches in 17,000 characters were 17 million.
    """
    first, last = max(sentence.start, start - _BESIDE), min(sentence.end, end + _BESIDE)
    return text[first:last]


def _context(text: str, start: int, end: int) -> Context:
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
    while first > 0 and unicodedata.combining(text[first]):
        first -= 1
    while last < len(text) and unicodedata.combining(text[last]):
        last += 1
    before = ("..." if first else "") + text[first:start]
    after = text[end:last] + ("..." if last < len(text) else "")
    shown = text[start:end]
    return Context(
        text=(before + shown + after).replace("\n", " "),
        offset=units(before),
        length=units(shown),
    )
