"""Takes off the quotes, bold type, tags and code fences around a whole answer."""

import re
from itertools import islice, pairwise

from ensemble.systems.reply.likeness import comparable

PAIRS = (
    ('"""', '"""'), ("'''", "'''"), ("***", "***"), ("**", "**"), ("__", "__"), ("*", "*"),
    ("_", "_"), ("``", "''"), ("`", "`"), ('"', '"'), ("'", "'"), ("“", "”"), ("„", "“"),
    ("„", "”"), ("”", "”"), ("‘", "’"), ("‚", "‘"), ("‚", "’"), ("«", "»"), ("»", "«"), ("‹", "›"),
    ("「", "」"), ("『", "』"), ("＂", "＂"), ("[", "]"), ("###", "###"), ("<<<", ">>>"),
)  # fmt: skip
"""Marks around a text, longer ones before those that they begin with."""

_DOUBLE = '"`“”„«»‹›「」『』《》＂'
_SINGLE = "'‘’‚"
_QUOTES = _DOUBLE + _SINGLE + "《》"
_MARKUP = "*_"
_MOST_MARKS = 24  # a text that begins with more marks is not one in quotes
_STOPS = ".!?。"
_BRACKETS = "[]【】〖〗#<>"
_WORD = re.compile(r"\w+")
_FENCE = re.compile(r"^[ \t]{0,3}(?P<symbol>`{3,}|~{3,})(?P<info>[^`\n]{0,80})$", re.MULTILINE)
_INLINE_FENCE = re.compile(r"(`{3,})(?!`)([^`\n]+?)(?<!`)\1")
_ELEMENT = re.compile(
    r"<(answer|output|response|result|correct|corrected|correction|corrected_\w{1,20}|translation"
    r"|text|sentence|final|final_answer|target|edited|revised|summary|solution|p|b|i|em|strong|q)"
    r"(?:\s[^<>\n]{0,80})?>",
    re.IGNORECASE,
)


def without_quotes(text: str, source: str) -> str:
    """Return `text` without one pair of marks around it, where the source has fewer of them there.

    Marks inside have to match among themselves: `"A" and "B"` is not a text in quotes.
    """
    for opening, closing in PAIRS:
        if _is_between(text, opening, closing) and _is_added(text, source, opening, closing):
            return text[len(opening) : -len(closing)].strip()
    return _without_quotes_before_stop(text, source)


def _without_quotes_before_stop(text: str, source: str) -> str:
    """Return a text in quotes that a full stop follows without the quotes."""
    body = text.rstrip(_STOPS)
    if body == text or not body or body[-1] not in _QUOTES:
        return text
    inside = without_quotes(body, source)
    if inside == body:
        return text
    return inside if inside[-1:] in _STOPS else inside + text[len(body) :]


def is_empty(text: str) -> bool:
    """Return whether a text has nothing but quotes, brackets and markup."""
    return not text.strip(_QUOTES + _MARKUP + _BRACKETS + "~{}()<># \n\t")


def without_element(text: str, source: str) -> str:
    """Return the content of a tag as `<answer>` around all of `text`."""
    tag = _ELEMENT.match(text)
    if tag is None or source.startswith("<"):
        return text
    closing = f"</{tag[1]}>"
    content = text[tag.end() : -len(closing)]
    if text[-len(closing) :].casefold() != closing.casefold() or f"<{tag[1]}" in content:
        return text
    return content.strip()


def fenced(text: str, source: str) -> tuple[str, str, str] | None:
    """Return the text before the only code fence, its content, and the text after it.

    `None`: there is not exactly one, or the source has fences too.
    """
    if "```" in source or "~~~" in source:
        return None
    fences = list(islice(_FENCE.finditer(text), 3))
    if not fences:
        return _inline_fenced(text)
    if len(fences) == 1:
        return _half_fenced(text, fences[0])
    if len(fences) != 2 or fences[1]["info"].strip():
        return None
    opening, closing = fences
    if not closing["symbol"].startswith(opening["symbol"]):
        return None
    content = text[opening.end() : closing.start()]
    return text[: opening.start()].strip(), content.strip(), text[closing.end() :].strip()


def _half_fenced(text: str, fence: re.Match[str]) -> tuple[str, str, str] | None:
    """Return the parts of a text that begins or ends with half a fence."""
    before, after = text[: fence.start()].strip(), text[fence.end() :].strip()
    if before and after:
        return None
    return "", before or after, ""


def _inline_fenced(text: str) -> tuple[str, str, str] | None:
    """Return the parts of a text that has one fence within a line."""
    fence = _INLINE_FENCE.search(text) if text.count("```") == 2 else None
    if fence is None:
        return None
    return text[: fence.start()].strip(), fence[2].strip(), text[fence.end() :].strip()


def _is_between(text: str, opening: str, closing: str) -> bool:
    both = len(opening) + len(closing)
    return (
        len(text) > both
        and text.startswith(opening)
        and text.endswith(closing)
        and bool(text[len(opening) : -len(closing)].strip())
    )


def _is_added(text: str, source: str, opening: str, closing: str) -> bool:
    """Return whether marks around `text` are not those of the source, and enclose all of it."""
    kind = next(kind for kind in (_MARKUP, _BRACKETS, _QUOTES) if opening[0] in kind)
    inside = text[len(opening) : -len(closing)]
    translated = not comparable(inside, source)
    last = source.rstrip(_STOPS) if translated else source
    if not _leading(source, kind) < _leading(text, kind) < _MOST_MARKS:
        return False
    if _leading(text[::-1], kind) <= _leading(last[::-1], kind):
        return False
    counted = next((few for few in (_DOUBLE, _SINGLE) if opening[0] in few), kind)
    if translated and _count(inside, counted) < _count(source, counted):
        return False
    return _same_places(inside, source, counted) or _match(inside, opening, closing)


def _leading(text: str, kind: str) -> int:
    """Return how many marks of a kind a text begins with, spaces between them or not."""
    count = 0
    for character in text[:_MOST_MARKS]:
        if character in kind:
            count += 1
        elif not character.isspace():
            break
    return count


def _count(text: str, marks: str) -> int:
    return sum(map(text.count, marks))


def _same_places(text: str, source: str, marks: str) -> bool:
    """Return whether a text has as many marks as the source, each beside the same word."""
    places, expected = _places(text, marks), _places(source, marks)
    return len(places) == len(expected) and all(
        before == left or after == right
        for (before, after), (left, right) in zip(places, expected, strict=True)
    )


def _places(text: str, marks: str) -> list[tuple[str, str]]:
    """Return the words before and after each mark of a text."""
    parts = re.split(f"[{re.escape(marks)}]", text.casefold())
    words = [_WORD.findall(part) or [""] for part in parts]
    return [(before[-1], after[0]) for before, after in pairwise(words)]


def _match(inside: str, opening: str, closing: str) -> bool:
    """Return whether the marks inside match, so that those outside belong together."""
    if opening != closing:
        return _nested(inside, opening, closing)
    first, last = inside.find(opening), inside.rfind(opening)
    return first == last or not (_may_close(inside, first, opening) and _may_open(inside, last))


def _may_close(text: str, at: int, mark: str) -> bool:
    """Return whether a mark may be the end of what began before `text`."""
    after = text[at + len(mark) : at + len(mark) + 1]
    return at == 0 or not after.isalnum()


def _may_open(text: str, at: int) -> bool:
    return not text[at - 1 : at].isalnum()


def _nested(inside: str, opening: str, closing: str) -> bool:
    depth = 0
    for character in inside:
        depth += (character == opening) - (character == closing)
        if depth < 0:
            return False
    return depth == 0
