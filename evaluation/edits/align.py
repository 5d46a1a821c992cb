"""Source and hypothesis tokens to the edits between them.

Long runs of equal tokens are anchors (an unweighted alignment finds them in near linear
time); between anchors a small weighted alignment decides which word became which, after the
idea of Felice et al. (2016) but from the letters of the words alone, so that it serves any
language. The same input always gives the same edits.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Indel, Levenshtein

from evaluation.edits.merge import Step, merge
from evaluation.edits.words import bare, is_punctuation, share_stem
from evaluation.records import Edit

MAX_TOKENS = 4096
"""The longest text, in tokens, that is aligned."""

_ANCHOR = 3  # equal tokens in a row that no weighing would break up
_MAX_CELLS = 400  # a larger region between anchors is a rewrite; weighing its words is no use

# Costs in thousandths of an insertion or deletion; replacing one word by another costs up to
# 1.5, so that unlike words are cheaper to replace than to delete and insert, but only just.
_GAP = 1000
_CASE = 50
_UNRELATED = 500
_PUNCTUATION = 500
_PUNCTUATION_FOR_WORD = 2 * _GAP


class _Region(NamedTuple):
    """Source tokens `[start, end)` against hypothesis tokens `[at, to)`."""

    start: int
    end: int
    at: int
    to: int


def align(source: Sequence[str], hypothesis: Sequence[str]) -> list[Edit]:
    """Return the edits, in reading order, that turn `source` into `hypothesis`.

    Both are token sequences of one tokenisation. `apply(source, edits)` is `hypothesis`,
    edits never overlap, and equal texts have none.

    Raises:
        ValueError: either text has more than `MAX_TOKENS` tokens.
    """
    for tokens in (source, hypothesis):
        if len(tokens) > MAX_TOKENS:
            raise ValueError(f"a text of {len(tokens)} tokens; at most {MAX_TOKENS} are aligned")
    return [
        Edit(step.start, step.end, tuple(hypothesis[step.at : step.to]))
        for region in _regions(source, hypothesis)
        for step in merge(_steps(region, source, hypothesis), source, hypothesis)
    ]


def apply(source: Sequence[str], edits: Sequence[Edit]) -> list[str]:
    """Return `source` with `edits` made: in reading order and not overlapping."""
    tokens: list[str] = []
    done = 0
    for start, end, replacement in edits:
        tokens += source[done:start]
        tokens += replacement
        done = end
    tokens += source[done:]
    return tokens


def _regions(source: Sequence[str], hypothesis: Sequence[str]) -> Iterator[_Region]:
    """Yield what lies between anchors: runs of equal tokens, long or at either end."""
    start = at = 0
    last = len(source)
    for block in Levenshtein.opcodes(source, hypothesis):
        if block.tag != "equal":
            continue
        long = block.src_end - block.src_start >= _ANCHOR
        if long or block.src_start == 0 or block.src_end == last:
            if start < block.src_start or at < block.dest_start:
                yield _Region(start, block.src_start, at, block.dest_start)
            start, at = block.src_end, block.dest_end
    if start < last or at < len(hypothesis):
        yield _Region(start, last, at, len(hypothesis))


def _steps(region: _Region, source: Sequence[str], hypothesis: Sequence[str]) -> list[Step]:
    start, end, at, to = region
    if start == end or at == to:
        return [Step("insert" if start == end else "delete", *region)]
    if end - start == to - at == 1:
        return [Step("replace", *region)]  # never dearer than deleting one, inserting the other
    if (end - start) * (to - at) > _MAX_CELLS:
        return _unweighted(region, source, hypothesis)
    return _weighted(region, source, hypothesis)


def _unweighted(region: _Region, source: Sequence[str], hypothesis: Sequence[str]) -> list[Step]:
    start, end, at, to = region
    blocks = Levenshtein.opcodes(source[start:end], hypothesis[at:to])
    return [
        Step(
            block.tag,
            start + block.src_start,
            start + block.src_end,
            at + block.dest_start,
            at + block.dest_end,
        )
        for block in blocks
    ]


def _weighted(region: _Region, source: Sequence[str], hypothesis: Sequence[str]) -> list[Step]:
    """Cheapest path through the region; on a tie replace, then insert, then delete."""
    start, end, at, to = region
    width = to - at
    row = list(range(0, (width + 1) * _GAP, _GAP))
    moves = [["insert"] * (width + 1)]
    for i in range(start, end):
        word, above = source[i], row
        row, move = [above[0] + _GAP], ["delete"]
        for j in range(width):
            other = hypothesis[at + j]
            if word == other:
                row.append(above[j])
                move.append("equal")
                continue
            cost, name = above[j] + _substitution(word, other), "replace"
            if row[j] + _GAP < cost:
                cost, name = row[j] + _GAP, "insert"
            if above[j + 1] + _GAP < cost:
                cost, name = above[j + 1] + _GAP, "delete"
            row.append(cost)
            move.append(name)
        moves.append(move)
    return _trace(region, moves)


def _trace(region: _Region, moves: list[list[str]]) -> list[Step]:
    i, j = region.end, region.to
    steps: list[Step] = []
    while i > region.start or j > region.at:
        name = moves[i - region.start][j - region.at]
        before_i, before_j = i - (name != "insert"), j - (name != "delete")
        steps.append(Step(name, before_i, i, before_j, j))
        i, j = before_i, before_j
    return steps[::-1]


@lru_cache(maxsize=1 << 15)
def _substitution(word: str, other: str) -> int:
    a, b = bare(word), bare(other)
    if a == b:
        return _CASE
    if is_punctuation(a) or is_punctuation(b):
        return _PUNCTUATION if is_punctuation(a) == is_punctuation(b) else _PUNCTUATION_FOR_WORD
    distance = round(1000 * Indel.normalized_distance(a, b))
    return distance if share_stem(a, b) else distance + _UNRELATED
