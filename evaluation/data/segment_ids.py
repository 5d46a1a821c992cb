"""Matches the segment ids of one file with those of another, however whole numbers are written."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from evaluation.records import DataError

Form = Literal["plain", "spaced", "padded", "decimal"]
"""How an id is written: `2`, ` 2`, `02` or `2.0`; an id with several traits has the first form
from the end of this list."""

_WHOLE = re.compile(r"([+-]?)0*(\d+)(?:\.0*)?", re.ASCII)
_FARTHEST = 10**9  # ids that are longer numbers are names, and are not counted by anyone


def canonical(segment: str) -> str:
    """Return the id without the spaces around it; a whole number as `2`, not `02` or `2.0`."""
    text = segment.strip()
    number = _WHOLE.fullmatch(text)
    if number is None:
        return text
    sign = "-" if number[1] == "-" and number[2] != "0" else ""
    return sign + number[2]


def form_of(segment: str) -> Form:
    """Return how an id is written."""
    text = segment.strip()
    if _WHOLE.fullmatch(text) and "." in text:
        return "decimal"
    if canonical(text) != text:
        return "padded"
    return "plain" if text == segment else "spaced"


def match_ids(segments: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """Return the id of a text for each of `segments` that has one.

    An id that a text has is that text's. Another id is read as a number (`canonical`) only where
    that is unambiguous for all ids of the same form in the file: each of them is then the id of
    exactly one text, and no two of them are the id of the same text.

    Args:
        segments: the ids of one file, each once.
        texts: the ids of the texts, each once.
    """
    known = set(texts)
    matched = {segment: segment for segment in segments if segment in known}
    by_number: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        by_number[canonical(text)].append(text)
    by_form: dict[Form, list[str]] = defaultdict(list)
    for segment in segments:
        by_form[form_of(segment)].append(segment)
    for ids in by_form.values():
        if any(segment not in known for segment in ids):
            matched |= _by_number(ids, by_number)
    return matched


def _by_number(ids: Sequence[str], by_number: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the text of each id of one form, or nothing if that is ambiguous for any of them."""
    candidates = [by_number.get(canonical(segment), ()) for segment in ids]
    if any(len(texts) != 1 for texts in candidates):
        return {}
    chosen = [texts[0] for texts in candidates]
    return dict(zip(ids, chosen, strict=True)) if len(set(chosen)) == len(chosen) else {}


def better_offset(segments: Mapping[str, int], texts: Sequence[str]) -> int | None:
    """Return the number to add to ids with which more judgements find a text, or None.

    Args:
        segments: the number of judgements of each id.
        texts: the ids of the texts.

    Returns:
        The offset of those tried (1, -1, and those that align the first or the last ids) with
        which most judgements match, if these are more than without an offset.
    """
    counts: Counter[int] = Counter()
    for segment, count in segments.items():
        if (number := _number(segment)) is not None:
            counts[number] += count
    numbers = {number for text in texts if (number := _number(text)) is not None}
    if not counts or not numbers:
        return None
    offsets = {1, -1, min(numbers) - min(counts), max(numbers) - max(counts)} - {0}
    matches = {
        offset: sum(count for number, count in counts.items() if number + offset in numbers)
        for offset in (0, *sorted(offsets, key=abs))
    }
    best = max(matches, key=matches.__getitem__)
    return best or None


def _number(segment: str) -> int | None:
    text = canonical(segment)
    if not _WHOLE.fullmatch(text) or len(text) > len(str(_FARTHEST)):
        return None
    return int(text)


def renumbered(path: Path | str, line: int, segment: str, first: int) -> str:
    """Return the id of a segment counted from 1, of an id counted from `first`.

    Raises:
        DataError: the id is not a number, and `first` is not 1.
    """
    if first == 1:
        return segment
    number = canonical(segment)
    if not re.fullmatch(r"-?\d+", number, re.ASCII):
        fault = f"segment {segment!r} is not a number, to be counted from {first}"
        raise DataError(path, line, fault)
    return str(int(number) - first + 1)
