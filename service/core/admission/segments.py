"""Estimates the work of combining the outputs of one segment, from its texts alone."""

import asyncio
from collections.abc import Iterable

from ensemble.candidates import Kind
from ensemble.combiners.base import Combiner
from evaluation.records import Segment
from service.core.admission.changes import Change, Words, work_of_changes
from service.core.combining import size_of
from service.core.registered import Named

SHORT = 1024
"""Characters of texts that are not looked at more closely: the worst take about 15 ms."""

# In units; fitted to the corpus of `benchmarks.costs`.
_AGAIN = 0.15  # a character of a text that another system gave
_COMPARED, _WITH_EACH = 1.0, 0.1  # a character of a whole text, and that with each other text
_OTHER = 2.0  # times as much where texts are not ASCII

_FIXED_AND_FACTOR = {"neural": (8_000, 2.5), "stack": (8_000, 6.0), "fuse": (5_000, 1.2)}
"""Combiners whose own work counts: units for each segment, and times the work on its texts."""


async def work_of(segment: Segment, kind: Kind, combiner: Combiner) -> int:
    """Return about how many units of work combining a segment takes, without aligning its tokens.

    Other requests have their turns between its texts.
    """
    learnt = combiner.combiner if isinstance(combiner, Named) else combiner
    fixed, factor = _FIXED_AND_FACTOR.get(learnt.name, (0, 1.0))
    return fixed + round(factor * await _work_on_texts(segment, kind))


async def _work_on_texts(segment: Segment, kind: Kind) -> float:
    characters = size_of(segment)
    if characters <= SHORT or kind == "labels":
        return characters
    texts = {text for text in segment.hypotheses.values() if text}
    if kind == "texts":
        factor = 1.0 if all(map(str.isascii, texts)) else _OTHER
        return characters * factor * (_COMPARED + _WITH_EACH * len(texts))
    # Each output is read, also where others are the same.
    again = characters - len(segment.source) - sum(map(len, texts))
    return again * _AGAIN + await _work_of_edits(segment.source, texts - {segment.source})


async def _work_of_edits(source: str, texts: Iterable[str]) -> float:
    before = Words.of(source)
    known: set[Change] = set()
    work = before.work_of_reading
    for text in sorted(texts):  # as those before it may have aligned a part of it
        await asyncio.sleep(0)
        after = Words.of(text)
        work += after.work_of_reading + work_of_changes(before, after, known)
    return work
