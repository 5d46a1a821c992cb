"""Splits a text into sentences, because systems correct one sentence at a time.

A line break always ends a sentence. Within a line, a full stop, question or exclamation mark ends
it if white space and then no lower-case letter follow, unless it belongs to an abbreviation or an
initial. In doubt there is no boundary: a missed one only makes a segment longer, while a wrong one
breaks a sentence.
"""

from collections.abc import Iterator

import regex

_LINE = regex.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_CLOSING = r"[\p{Pe}\p{Pf}\"'’”]*+"
_MARKS = "[.!?…‽؟।]"
# Each run of marks is matched once, from its start, so that long runs take linear time.
_END = regex.compile(
    rf"(?<!{_MARKS}){_MARKS}++{_CLOSING}(?=\s++[^\p{{Ll}}\s])|[。！？｡]++{_CLOSING}"
)
_LAST_WORD = regex.compile(r"(?r)[\p{L}\p{M}\p{N}.'’-]+")
_INITIALS = regex.compile(r"(?:\p{L}\.)*\p{L}\.")
_ABBREVIATIONS = frozenset(
    """
    adm approx apr aug ave bldg blvd brig bros ca cap capt cf ch cmdr co col comdr corp cpl
    dec dept dr ed eds esp est etc feb fig figs fri gen gov hon inc jan jr jul jun lt ltd maj
    messrs mr mrs ms mt nos nov oct p pp prof pvt rep resp rev sen sept sep sgt sr st supt thu
    thur tue univ vol vols vs viz
    """.split()
)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each sentence of `text`, without the white space around it."""
    for line in _LINE.finditer(text):
        start = line.start()
        for end in _ends(text, *line.span()):
            inner = text[start:end]
            left, right = len(inner) - len(inner.lstrip()), len(inner.rstrip())
            if left < right:
                yield start + left, start + right
            start = end


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    for mark in _END.finditer(text, start, end):
        if mark.end() < end and not _is_abbreviated(text, start, mark.start()):
            yield mark.end()
    yield end


def _is_abbreviated(text: str, start: int, stop: int) -> bool:
    """Whether the mark at `stop` is the full stop of an abbreviation or of an initial."""
    if text[stop] != ".":
        return False
    word = _LAST_WORD.match(text, start, stop)
    if word is None:
        return False
    written = word.group()
    return (
        written.casefold() in _ABBREVIATIONS or _INITIALS.fullmatch(f"{written}.") is not None
    ) and written != "I"
