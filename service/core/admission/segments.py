"""Estimates the work of combining the outputs of one segment, from its texts alone."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Self

from rapidfuzz.distance import LCSseq

from ensemble.candidates import Kind
from ensemble.combiners.base import Combiner
from evaluation.edits.align import ANCHOR, MAX_TOKENS
from evaluation.edits.glyphs import plain
from evaluation.edits.weigh import is_small
from evaluation.records import Segment
from service.core.combining import size_of
from service.core.registered import Named

SHORT = 1024
"""Characters of texts that are not looked at more closely: the worst take about 15 ms."""

# A run of letters is at most one token; other characters, and those of scripts without spaces, are
# at most one each. So a text never has more tokens than such parts.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
_PART = re.compile(rf"[^\W_{_UNSPACED}]+|\S")

# In units; fitted to the corpus of `benchmarks.costs`.
_WORD, _LETTER, _OTHER_LETTER = 0.3, 0.1, 0.5  # read: a word, and each of its characters
_AGAIN = 0.15  # a character of a text that another system gave
_CHANGE = 28.0  # a change: a word alone or weighed, or each end of a longer stretch
_WEIGHED = 1.8  # a word of a small region, with one of the other text
_PART_CHANGE = 50.0  # that of parts of long words, which have few that differ from all others
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
    before = _Words.of(source)
    known: set[_Change] = set()
    work = before.work_of_reading
    for text in sorted(texts):  # as those before it may have aligned a part of it
        await asyncio.sleep(0)
        after = _Words.of(text)
        work += after.work_of_reading + _work_of_changes(before, after, known)
    return work


class _Words(NamedTuple):
    """The words of a text, between white space, and in lower case with plain glyphs."""

    written: list[str]
    folded: list[str]
    work_of_reading: float

    @classmethod
    def of(cls, text: str) -> Self:
        words = text.split()
        letters = len(text) * (_LETTER if text.isascii() else _OTHER_LETTER)
        return cls(words, plain(text).lower().split(), len(words) * _WORD + letters)


def _work_of_changes(before: _Words, after: _Words, known: set[_Change]) -> float:
    """Return the work of the changes of one text that are not `known`, and add them to those.

    A change that several texts share is aligned once.
    """
    if max(len(before.written), len(after.written)) > MAX_TOKENS:
        return 0.0  # it is refused
    blocks = _blocks(before.folded, after.folded)
    return sum(_work_of_region(region, before, after, known) for region in _regions(blocks))


class _Block(NamedTuple):
    """Words `[start, end)` of the source against `[at, to)` of another text."""

    start: int
    end: int
    at: int
    to: int
    is_equal: bool


def _blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[_Block]:
    """Yield the stretches of two texts that are equal, and those between them.

    By the longest common subsequence, which takes a fifth of the time of a Levenshtein alignment.
    """
    start = at = 0
    for begin, other, size in LCSseq.opcodes(before, after).as_matching_blocks():
        if start < begin or at < other:
            yield _Block(start, begin, at, other, False)
        start, at = begin + size, other + size
        if size:
            yield _Block(begin, start, other, at, True)


def _regions(blocks: Iterable[_Block]) -> Iterator[list[_Block]]:
    """Yield the blocks that are aligned together, and by itself each run of words that stay."""
    region: list[_Block] = []
    for block in blocks:
        if block.is_equal and block.end - block.start >= ANCHOR:
            yield [block]
            if region:
                yield region
            region = []
        else:
            region.append(block)
    if region:
        yield region


def _work_of_region(
    region: Sequence[_Block], before: _Words, after: _Words, known: set[_Change]
) -> float:
    """Return the work of the changes of a region; in a small one each word is weighed with each."""
    work = weighing = 0.0
    for start, end, at, to, is_equal in region:
        old, new = before.written[start:end], after.written[at:to]
        if is_equal:
            if old != new:
                work += _CHANGE * len(_other_forms(start, old, new, known))
        elif (change := (start, end, tuple(new))) not in known:
            known.add(change)
            work += _work_of_stretch(start, old, new, known)
            weighing += _WEIGHED * len(old) * len(new) * is_small(len(old), len(new))
    if not weighing or len(region) == 1:
        return work + weighing
    rows, columns = region[-1].end - region[0].start, region[-1].to - region[0].at
    return work + (_WEIGHED * rows * columns if is_small(rows, columns) else weighing)


def _other_forms(
    place: int, old: Sequence[str], new: Sequence[str], known: set[_Change]
) -> set[_Change]:
    """Return the words that are written otherwise, as in capitals, and add them to the `known`."""
    pairs = enumerate(zip(old, new, strict=True), start=place)
    forms: set[_Change] = {(i, i + 1, (form,)) for i, (word, form) in pairs if word != form}
    forms -= known
    known |= forms
    return forms


def _work_of_stretch(
    place: int, old: Sequence[str], new: Sequence[str], known: set[_Change]
) -> float:
    """Return the work of the changes within a stretch of words, the first of them at `place`."""
    if len(old) == len(new) == 1 and _is_one_part(old[0]) and _is_one_part(new[0]):
        return _CHANGE + _REWRITTEN  # as mostly
    parts, others = _PART.findall(" ".join(old)), _PART.findall(" ".join(new))
    most = max(len(parts), len(others))
    if most <= 2 * max(len(old), len(new)) or most > 2 * MAX_TOKENS:
        is_weighed = is_small(len(old), len(new)) and old and new
        return _CHANGE * (most if is_weighed else min(most, 2)) + _REWRITTEN * most
    # Long words, as of a script without spaces: they may share most of their parts.
    work = 0.0
    for block in _blocks(parts, others):
        replacement = tuple(others[block.at : block.to])
        change = place, block.start, replacement
        if not block.is_equal and change not in known:
            known.add(change)
            changed = max(block.end - block.start, len(replacement))
            work += _PART_CHANGE * min(changed, 2) + _REWRITTEN * changed
    return work


def _is_one_part(word: str) -> bool:
    return word.isalnum() and word.isascii()
