"""Takes off the words after an answer: notes, lists of changes, offers of more help."""

import re

from ensemble.systems.reply.likeness import comparable, end_belongs, may_correct
from ensemble.systems.reply.phrases import OF_CHANGE, OFFER, REMARK_LABEL, REMARK_OPENING
from ensemble.systems.reply.prefaces import ASIDE, COLON, INTERJECTED, LEAD, WORD_END

_LONGEST = 300  # characters of the beginning of a remark that are read, and of one in brackets
_MOST_PARAGRAPHS = 50

_REMARK = re.compile(
    rf"{LEAD}[(\[]?{LEAD}(?:{REMARK_LABEL}{ASIDE}[*_]{{0,3}}{COLON}"
    rf"|{INTERJECTED}?{REMARK_OPENING}{WORD_END}(?!{COLON}|[*_]))",
    re.IGNORECASE,
)
_CERTAIN = re.compile(
    rf"{LEAD}[(\[]?{LEAD}(?:{REMARK_LABEL}{ASIDE}[*_]{{0,3}}{COLON}"
    rf"|{INTERJECTED}?(?:{OFFER}|{OF_CHANGE}){WORD_END})",
    re.IGNORECASE,
)
_LABELLED = re.compile(rf"\n{LEAD}{REMARK_LABEL}{ASIDE}[*_]{{0,3}}{COLON}", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"\b(?:or|alternat\w{1,10}|options?|also)\b", re.IGNORECASE)
_ITEM = re.compile(r"[ \t]*(?:[-*•+–]|\d{1,3}[.)])[ \t]")
_RULE = re.compile(r"(?:[-*_=—][ \t]?){3,}")
_PARAGRAPHS = re.compile(r"\n[ \t\r]*(?:\n[ \t\r]*)+")
_INLINE = re.compile(rf"(?<=[.!?。\"”*])[ \t]+(?=(?:please )?{OFFER}{WORD_END})", re.IGNORECASE)
_CLOSING = {'"': '"', "“": "”", "„": "“", "«": "»", "`": "`", "**": "**"}


def without_remark(text: str, source: str) -> str:
    """Return `text` without the remarks after the answer.

    They begin with a paragraph, where the source has fewer paragraphs, or with a line that has the
    label of a remark, where it has fewer lines.
    """
    for end in _ends(text, source):
        rest, remark = text[:end].strip(), text[end:].strip()
        if rest and not _is_of_source(text, rest, remark, source):
            return rest
    return text


def _is_of_source(text: str, rest: str, remark: str, source: str) -> bool:
    """Return whether the source may end with such words too, or the answer is in them."""
    belongs = end_belongs(text, rest, source)
    if belongs is None:
        return not (_CERTAIN.match(remark[:_LONGEST]) or _RULE.match(remark))
    return belongs or _answers(remark, source)


def _answers(remark: str, source: str) -> bool:
    """Return whether what looks like a remark is the answer with its label: `Correction: …`."""
    label, _, words = remark.partition(":")
    return not _ALTERNATIVE.search(label) and may_correct(words, source)


def is_remark(text: str) -> bool:
    """Return whether `text` speaks of the answer before it."""
    start = text[:_LONGEST]
    lines = start.splitlines()
    return bool(
        _REMARK.match(start)
        or _RULE.fullmatch(start.strip())
        or (lines and all(_ITEM.match(line) for line in lines if line.strip()))
    )


def _ends(text: str, source: str) -> list[int]:
    """Return the places in `text` where the answer may end and remarks begin."""
    ends = []
    gaps = list(_PARAGRAPHS.finditer(text))
    paragraphs = len(_PARAGRAPHS.findall(source.strip()))
    for gap in gaps[paragraphs : paragraphs + _MOST_PARAGRAPHS]:
        if is_remark(text[gap.end() : gap.end() + _LONGEST]):
            ends.append(gap.start())
            break
    if text.count("\n") > source.strip().count("\n"):
        label = _LABELLED.search(text)
        ends += [label.start()] if label else []
    offer = _INLINE.search(text, max(0, len(text) - _LONGEST))
    if offer and comparable(text[: offer.start()], source):
        ends.append(offer.start())
    return sorted(ends + _in_brackets(text, source) + _after_quotes(text, source))


def _in_brackets(text: str, source: str) -> list[int]:
    """Return where a last sentence in brackets begins that is a remark."""
    text = text.rstrip("*_ ")
    start = text.rfind("(", -_LONGEST)
    if start < 0 or not text.endswith(")") or source.rstrip().endswith(")"):
        return []
    return [start] if is_remark(text[start:]) else []


def _after_quotes(text: str, source: str) -> list[int]:
    """Return where the answer in quotes ends that a text begins with, if a remark follows it."""
    closing = _CLOSING.get(text[:2]) or _CLOSING.get(text[:1])
    if closing is None or source.startswith(tuple(_CLOSING)):
        return []
    end = text.find(closing, len(closing)) + len(closing)
    if end < 2 * len(closing) or not is_remark(text[end:].lstrip(" \t\n.,;—–-")):
        return []
    return [end]
