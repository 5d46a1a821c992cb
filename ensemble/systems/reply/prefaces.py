"""Takes off the words before an answer: `Sure! Here is the corrected sentence:`."""

import re

from ensemble.systems.reply.likeness import may_correct, start_belongs
from ensemble.systems.reply.phrases import ABOUT_ANSWER, ANNOUNCING, INTERJECTION, LABEL, QUALITY

_LONGEST = 300  # characters of a preface

DECORATION = r"[\s*_#>~`\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]{0,12}"
"""Markup and emoji around words of the model."""

LEAD = DECORATION + "+"
"""All such markup before words: in no case a part of it."""

ASIDE = r"(?:[ \t]?[(\[][^()\[\]\n]{1,40}[)\]])?"
"""A remark in brackets that may follow a label."""

COLON = r"[ \t\u00a0]?[:：](?!//)"
_CLOSE = r"[*_]{0,3}\s*"  # markup that began before the preface, and space
_LINE_END = r"[*_]{0,3}[ \t\r]*\n\s*"
WORD_END = r"(?![a-zà-ÿ])"
INTERJECTED = rf"(?:{INTERJECTION}{WORD_END}[\s!.,;:！，。—–-]*{DECORATION})"

_LABELLED = re.compile(
    rf"{LEAD}{INTERJECTED}?{LABEL}{ASIDE}[*_]{{0,3}}"
    rf"(?:{COLON}{_CLOSE}|[ \t]+(?:[-–—=→]|->|=>)[ \t]+)",
    re.IGNORECASE,
)
_HEADING = re.compile(rf"(?:#{{1,6}}[ \t]*)?(?:\*\*|__)?{LABEL}{ASIDE}{_LINE_END}", re.IGNORECASE)
_SAME_SENTENCE = r"(?:[^:：\n.!?]|[.!?](?![ \t])){0,200}?"
_SENTENCE = re.compile(
    rf"{LEAD}{INTERJECTED}{{0,3}}{ANNOUNCING}{WORD_END}{_SAME_SENTENCE}"
    rf"(?:(?<!\d){COLON}{_CLOSE}|[.!]?{_LINE_END}"
    rf"|\b(?:is|be|reads?|as|to|lautet|est|es)[ \t]+(?=[\"“«„`*]))",
    re.IGNORECASE,
)
_LATER = re.compile(
    rf"[^:：\n]{{1,200}}?[.!?][ \t]+(?:(?:however|but|so|still),?[ \t]+)?"
    rf"(?={ANNOUNCING}{WORD_END})(?=[^:：\n.!?]{{0,160}}\b{QUALITY}\b)"
    rf"[^:：\n.!?]{{0,160}}(?<!\d){COLON}{_CLOSE}",
    re.IGNORECASE,
)
_LINE = re.compile(rf"[^\n]{{1,280}}?{COLON}{_LINE_END}")
_ABOUT = re.compile(ABOUT_ANSWER, re.IGNORECASE)
_ALONE = re.compile(rf"{LEAD}{INTERJECTION}[.,!！。]?{DECORATION}(?<=\n)\s*", re.IGNORECASE)
_EXCLAIMED = re.compile(
    rf"{LEAD}{INTERJECTION}(?:[!！]\s*|[ \t]*(?:…|\.\.\.|[—–]|-{{1,2}}(?=\s))\s*)", re.IGNORECASE
)
_ANY = re.compile(
    rf"(?:(?![{{\[<])[^:：\n]{{1,150}}{COLON}{_CLOSE}|[:：]\s*|[\s\"'*`]{{0,5}}(?:->|=>|[→⇒➜➡]\ufe0f?)\s*)"
)
_INTERJECTION = re.compile(rf"{LEAD}{INTERJECTION}{WORD_END}", re.IGNORECASE)
_ARROW = re.compile(r"[\s\"'*`”»]{0,5}(?:->|=>|[→⇒➜➡]\ufe0f?)\s*")


def without_preface(text: str, source: str) -> str:
    """Return `text` without the words before the answer, which the source does not begin with."""
    end = _end(text)
    rest = text[end:].strip()
    if end and rest and not _is_of_source(text, rest, source):
        return _without_open_markup(text[:end], rest)
    for end in _weak_ends(text):
        rest = text[end:].strip()
        if may_correct(rest, source) and not start_belongs(text, rest, source):
            return _without_open_markup(text[:end], rest)
    return text


def is_preface(text: str, source: str) -> bool:
    """Return whether all of `text` announces what follows it."""
    if not text:
        return True
    if len(text) > _LONGEST or _end(source):
        return False
    return text.endswith((":", "：")) or _end(text + "\n") > len(text)


def only_announces(text: str, source: str) -> bool:
    """Return whether `text` announces an answer that does not follow."""
    if not text.endswith((":", "：")) or _end(text) < len(text):
        return False
    return not _is_of_source(text, "", source)


def without_echo(text: str, source: str) -> str:
    """Return what follows an arrow before which the source is repeated."""
    start = text.lstrip("\"'*`“«")
    if not source or not start.startswith(source):
        return text
    arrow = _ARROW.match(start, len(source))
    return start[arrow.end() :] if arrow and start[arrow.end() :].strip() else text


def _end(text: str) -> int:
    """Return where the preface ends that a text begins with: 0 where it has none."""
    start = text[:_LONGEST]
    for pattern in (_LABELLED, _HEADING, _SENTENCE, _LINE, _ALONE):
        match = pattern.match(start)
        if match and (pattern not in (_SENTENCE, _LINE) or _ABOUT.search(match[0])):
            return match.end()
    return 0


def _weak_ends(text: str) -> list[int]:
    """Return the same for words that are a preface only if what follows is more like the source."""
    start = text[:_LONGEST]
    matches = (pattern.match(start) for pattern in (_EXCLAIMED, _LATER, _ANY))
    return [match.end() for match in matches if match]


def _is_of_source(text: str, rest: str, source: str) -> bool:
    """Return whether the source may begin with the words before `rest` too."""
    belongs = start_belongs(text, rest, source)
    if belongs is not None:
        return belongs
    preface = text[: len(text) - len(rest)]
    if _end(source + "\n") or (_ALONE.fullmatch(preface) and _INTERJECTION.match(source)):
        return True
    if preface.rstrip(" \t").endswith("\n"):
        return rest.count("\n") < source.strip().count("\n")
    if re.search(COLON, preface):
        return len(re.findall(COLON, rest)) < len(re.findall(COLON, source))
    return any(mark in source for mark in '"“”«»„`*')


def _without_open_markup(preface: str, rest: str) -> str:
    """Return the answer without the end of bold type that began in its preface."""
    for mark in ("**", "__", "*", "_"):
        if preface.count(mark) % 2 and rest.endswith(mark) and rest.count(mark) == 1:
            return rest[: -len(mark)].strip()
    return rest
