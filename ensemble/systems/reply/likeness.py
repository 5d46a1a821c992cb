"""Decides by likeness to the source whether words around an answer belong to it."""

import re

from rapidfuzz import fuzz

_WORD = re.compile(r"\w+")
_FEW_WORDS = 4
_WINDOW = 600  # characters at an end of each text that are compared
_SAME_LANGUAGE = 65.0  # of 100: texts less alike than this say nothing about each other
_PART = 80.0  # of 100: a text as like some part of another is taken from it
_LONGER = 2
_LONGEST_INSERTION = 20
_CORRECTION = 70.0  # of 100: texts as alike as this are one the correction of the other


def likeness(text: str, source: str) -> float:
    """Return how alike the beginnings of two texts are, in [0, 100], whatever the case."""
    return fuzz.ratio(text[:_WINDOW].casefold(), source[:_WINDOW].casefold())


def comparable(text: str, source: str) -> bool:
    """Return whether two texts seem to be in one language: alike enough to be compared."""
    return likeness(text, source) >= _SAME_LANGUAGE


def may_correct(text: str, source: str) -> bool:
    """Return whether `text` is so like the source that it may be a correction of it."""
    if not len(source) / _LONGER <= len(text) <= _LONGER * len(source) + _LONGEST_INSERTION:
        return False
    return likeness(text, source) >= _CORRECTION


def start_belongs(text: str, rest: str, source: str) -> bool | None:
    """Return whether what `text` has before its ending `rest` is like the source there.

    `None`: the texts are too different to say, as a source and its translation are.
    """
    whole, without = likeness(text, source), likeness(rest, source)
    return whole >= without if max(whole, without) >= _SAME_LANGUAGE else None


def end_belongs(text: str, rest: str, source: str) -> bool | None:
    """Return the same for what `text` has after its beginning `rest`."""
    return start_belongs(text[-_WINDOW:][::-1], rest[-_WINDOW:][::-1], source[-_WINDOW:][::-1])


def part_of(text: str, source: str) -> bool:
    """Return whether `text` is like some part of the source, or most of its words are."""
    text, source = text.casefold(), source.casefold()
    words, known = _WORD.findall(text), set(_WORD.findall(source))
    if len(words) >= _FEW_WORDS and sum(word in known for word in words) > len(words) / 2:
        return True
    return fuzz.partial_ratio(text, source) >= _PART
