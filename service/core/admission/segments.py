"""Estimates the work of combining the outputs of one segment, from its texts alone."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz.distance import LCSseq

from ensemble.candidates import Kind
from ensemble.combiners.base import Combiner
from evaluation.edits.align import MAX_TOKENS
from evaluation.records import Segment
from service.core.combining import size_of
from service.core.registered import Registered

SHORT = 1024
"""Characters of texts that are not looked at more closely: the worst take about 15 ms."""

# A run of letters is at most one token; other characters, and those of scripts without spaces, are
# at most one each. So a text never has more tokens than such parts.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
_PART = re.compile(rf"[^\W_{_UNSPACED}]+|\S")

# In units; fitted to the corpus of `benchmarks.costs`.
_WORD, _LETTER, _OTHER_LETTER = 0.3, 0.05, 0.5  # read: a word, and each of its characters
_CHANGE = 28.0  # a change: a word alone, or each end of a longer stretch
_PART_CHANGE = 36.0  # that of parts of long words, which have few that differ from all others
_REWRITTEN = 3.0  # each word or part of a stretch
_COMPARED, _WITH_EACH = 1.0, 0.1  # a character of a whole text, and that with each other text
_OTHER = 2.0  # times as much where texts are not ASCII

_FIXED_AND_FACTOR = {"neural": (8_000, 2.5), "stack": (8_000, 6.0), "fuse": (5_000, 1.2)}
"""Combiners whose own work counts: units for each segment, and times the work on its texts."""

_Change = tuple[int, int, tuple[str, ...]]
"""Words `[start, end)` of the source, and those that replace them; or parts, from a word on."""


async def work_of(segment: Segment, kind: Kind, combiner: Combiner) -> int:
    """Return about how many units of work combining a segment takes, without aligning its tokens.

    Other requests have their turns between its texts.
    """
    learnt = combiner.combiner if isinstance(combiner, Registered) else combiner
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
    return await _work_of_edits(segment.source, texts - {segment.source})


async def _work_of_edits(source: str, texts: Iterable[str]) -> float:
    before = source.split()
    known: set[_Change] = set()
    work = _work_of_reading(source, before)
    for text in sorted(texts):  # as those before it may have aligned a part of it
        await asyncio.sleep(0)
        after = text.split()
        work += _work_of_reading(text, after) + _work_of_changes(before, after, known)
    return work


def _work_of_reading(text: str, words: Sequence[str]) -> float:
    return len(words) * _WORD + len(text) * (_LETTER if text.isascii() else _OTHER_LETTER)


def _work_of_changes(before: Sequence[str], after: Sequence[str], known: set[_Change]) -> float:
    """Return the work of the changes of one text that are not `known`, and add them to those.

    A change that several texts share is aligned once.
    """
    if max(len(before), len(after)) > MAX_TOKENS:
        return 0.0  # it is refused
    work = 0.0
    for start, end, at, to in _changes(before, after):
        change = start, end, tuple(after[at:to])
        if change not in known:
            known.add(change)
            work += _work_of_stretch(start, before[start:end], after[at:to], known)
    return work


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the stretches `[start, end)` of `before` that are `[at, to)` of `after`, not equal.

    By the longest common subsequence, which takes a fifth of the time of a Levenshtein alignment.
    """
    start = at = 0
    for begin, other, size in LCSseq.opcodes(before, after).as_matching_blocks():
        if start < begin or at < other:
            yield start, begin, at, other
        start, at = begin + size, other + size


def _work_of_stretch(
    place: int, old: Sequence[str], new: Sequence[str], known: set[_Change]
) -> float:
    """Return the work of the changes within a stretch of words, the first of them at `place`."""
    parts, others = _PART.findall(" ".join(old)), _PART.findall(" ".join(new))
    most = max(len(parts), len(others))
    if most <= 2 * max(len(old), len(new)) or most > 2 * MAX_TOKENS:
        return _CHANGE * min(most, 2) + _REWRITTEN * most
    # Long words, as of a script without spaces: they may share most of their parts.
    work = 0.0
    for start, end, at, to in _changes(parts, others):
        change = place, start, tuple(others[at:to])
        if change not in known:
            known.add(change)
            changed = max(end - start, to - at)
            work += _PART_CHANGE * min(changed, 2) + _REWRITTEN * changed
    return work
