"""Finds the piece of a reply that answers a source of one line, such as a line or a quotation."""

import json
import re
from collections.abc import Callable

from ensemble.systems.reply.likeness import comparable, likeness, may_correct, part_of
from ensemble.systems.reply.remarks import is_remark

_MOST_PIECES = 40
_LONGEST_SOURCE = 2000  # characters of a source that pieces are compared with
_LONGEST_LABEL = 100  # characters before the source, where it is repeated
_LONGER, _SHORTER = 6.0, 0.2  # a translation is at most and at least as long, in characters
_QUOTED = re.compile(r'"[^"\n]+"|“[^“”\n]+”|«[^«»\n]+»|`[^`\n]+`|「[^「」\n]+」')
_MARKS = "\"'*_~`“”«»「」 \t"
_RULE = re.compile(r"[-:|=\s]*")

Unwrap = Callable[[str, str], str]
"""Takes chatter and wrapping off a text, given its source."""


def piece_like(text: str, source: str, unwrap: Unwrap) -> str | None:
    """Return the only piece of a text that may answer the source, `None` where there is not one.

    That is the one piece that is like the source, where no other piece is taken from the source;
    or the one piece beside the source itself, which the reply repeats.
    """
    pieces, outside = _pieces(text, source)
    if (
        not 1 < len(pieces) + len(outside) <= _MOST_PIECES
        or "\n" in source
        or not 0 < len(source.strip(_MARKS)) <= _LONGEST_SOURCE
    ):
        return None
    inner = {piece: unwrap(piece, source) for piece in pieces}
    echoes = {piece for piece in pieces if _repeats(piece, source)}
    answers = {inner[piece] for piece in pieces if _may_answer(inner[piece], source)}
    answers -= {inner[piece] for piece in echoes}
    others = [piece for piece in pieces if piece not in echoes and inner[piece] not in answers]
    if not answers and echoes:
        answers = _beside(others, source, inner)
    if len(answers) != 1 or any(part_of(piece, source) for piece in others + outside):
        return None
    answer, whole = answers.pop(), " ".join(text.split())
    all_of_it = not echoes and likeness(whole, source) > likeness(answer, source)
    return None if all_of_it and comparable(whole, source) else answer


def _may_answer(piece: str, source: str) -> bool:
    """Return whether a piece may correct the source: a heading like a question does not."""
    asks = [any(mark in text for mark in "?？") for text in (piece, source)]
    return asks[0] == asks[1] and may_correct(piece, source)


def _pieces(text: str, source: str) -> tuple[list[str], list[str]]:
    """Return the pieces of a text, and the words outside pieces.

    Pieces are the texts in JSON, lines, cells of a table, or, where the source has no quotes, the
    quotations in a line.
    """
    if text.startswith("{"):
        return _texts_of_json(text), []
    lines = [line.strip() for line in text.split("\n") if not _RULE.fullmatch(line)]
    if lines and all(line.startswith("|") for line in lines):
        return [cell.strip() for line in lines for cell in line.strip("|").split("|")], []
    if len(lines) != 1 or _QUOTED.search(source):
        return lines, []
    quoted = [match[0][1:-1].strip() for match in _QUOTED.finditer(text)]
    outside = [part.strip() for part in _QUOTED.split(text) if re.search(r"\w", part)]
    return (quoted, outside) if quoted else ([], [])


def _texts_of_json(text: str) -> list[str]:
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return []
    return [text.strip() for text in value.values() if isinstance(text, str) and text.strip()]


def _beside(others: list[str], source: str, inner: dict[str, str]) -> set[str]:
    """Return the answers beside the source, which is the answer where there are only remarks."""
    translated = [
        inner[piece]
        for piece in others
        if not is_remark(piece)
        and not comparable(inner[piece], source)
        and _SHORTER <= len(inner[piece]) / len(source) <= _LONGER
    ]
    return set(translated) if translated else {source}


def _repeats(piece: str, source: str) -> bool:
    """Return whether a piece is the source, perhaps with a label and in quotes."""
    piece, source = piece.strip(_MARKS).casefold(), source.strip(_MARKS).casefold()
    return piece.endswith(source) and len(piece) <= len(source) + _LONGEST_LABEL
