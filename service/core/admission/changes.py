"""Estimates the work of aligning two texts and deciding on the changes between them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import eq
from typing import NamedTuple, Self

from rapidfuzz.distance import LCSseq

from evaluation.edits.align import ANCHOR, MAX_TOKENS
from evaluation.edits.glyphs import plain
from evaluation.edits.settle import LONGEST_REPEAT
from evaluation.edits.weigh import is_small

# A run of letters is at most one token; other characters, and those of scripts without spaces, are
# at most one each. So a text never has more tokens than such parts. The white space before a part
# belongs to it, as other white space is a change.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
_PART = re.compile(rf"\s*(?:[^\W_{_UNSPACED}]+|\S)")

_SPACED_WORD = re.compile(r"(?: (?=\S))?(\s*\S+)")

# In units; fitted to the corpus of `benchmarks.costs`.
_WORD, _LETTER, _OTHER_LETTER = 0.3, 0.1, 0.5  # read: a word, and each of its characters
_CHANGE = 28.0  # a change: a word alone or weighed, or each end of a longer stretch
_WEIGHED = 1.8  # a word of a small region, with one of the other text
_PART_CHANGE = 50.0  # that of parts of long words, which have few that differ from all others
_REWRITTEN = 3.0  # each word or part of a stretch

Change = tuple[int, int, tuple[str, ...]]
"""Words `[start, end)` of the source, and those that replace them; or parts, from a word on."""


class Words(NamedTuple):
    """The words of a text, with the white space before them, and in lower case with plain glyphs.

    White space that is one blank, as mostly, is left out.
    """

    written: list[str]
    folded: list[str]
    work_of_reading: float

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the words of a text."""
        words = text.split()
        letters = len(text) * (_LETTER if text.isascii() else _OTHER_LETTER)
        written = words if " ".join(words) == text else _SPACED_WORD.findall(text)
        return cls(written, plain(text).lower().split(), len(words) * _WORD + letters)


def work_of_changes(before: Words, after: Words, known: set[Change]) -> float:
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
    region: Sequence[_Block], before: Words, after: Words, known: set[Change]
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
    place: int, old: Sequence[str], new: Sequence[str], known: set[Change]
) -> set[Change]:
    """Return the words that are written otherwise, as in capitals, and add them to the `known`.

    So are words after other white space, each of which is a change too.
    """
    pairs = enumerate(zip(old, new, strict=True), start=place)
    forms: set[Change] = {(i, i + 1, (form,)) for i, (word, form) in pairs if word != form}
    forms -= known
    known |= forms
    return forms


def _work_of_stretch(
    place: int, old: Sequence[str], new: Sequence[str], known: set[Change]
) -> float:
    """Return the work of the changes within a stretch of words, the first of them at `place`."""
    if len(old) == len(new) == 1 and _is_one_part(old[0]) and _is_one_part(new[0]):
        return _CHANGE + _REWRITTEN  # as mostly
    parts, others = _PART.findall(" ".join(old)), _PART.findall(" ".join(new))
    most = max(len(parts), len(others))
    has_long_words = len(parts) > 2 * len(old) or len(others) > 2 * len(new)
    if not has_long_words or most > 2 * MAX_TOKENS:
        is_weighed = is_small(len(old), len(new)) and old and new
        changes = most if is_weighed else _most_changes(parts, others)
        return _CHANGE * changes + _REWRITTEN * most
    # As in a script without spaces, they may share most of their parts.
    work = 0.0
    for block in _blocks([*map(str.strip, parts)], [*map(str.strip, others)]):
        before, after = parts[block.start : block.end], others[block.at : block.to]
        change = place, block.start, tuple(after)
        if block.is_equal:
            work += _CHANGE * len(_other_forms(place + block.start, before, after, known))
        elif change not in known:
            known.add(change)
            changed = max(len(before), len(after))
            work += _PART_CHANGE * _most_changes(before, after) + _REWRITTEN * changed
    return work


def _most_changes(old: Sequence[str], new: Sequence[str]) -> float:
    """Return about how many changes a stretch is: its ends, and each deletion of a repetition.

    Words that repeat those before them are deleted one by one, up to `LONGEST_REPEAT` together.
    """
    ends, deleted = min(max(len(old), len(new)), 2), len(old) - len(new)
    if deleted <= ends:
        return ends
    folded = [word.lower() for word in old]
    spans = range(1, min(LONGEST_REPEAT, len(old) - 1) + 1)
    repeated = (float(sum(map(eq, folded, islice(folded, span, None)))) / span for span in spans)
    return max(ends, min(deleted, max(repeated)))


def _is_one_part(word: str) -> bool:
    return word.strip().isalnum() and word.isascii()
