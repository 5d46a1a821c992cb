"""Aligns the tokens of a region of two texts by a weighted alignment of their letters."""

from functools import lru_cache
from itertools import accumulate
from operator import eq
from typing import NamedTuple

from rapidfuzz.distance import Indel, Levenshtein

from evaluation.edits.steps import Pair, Step
from evaluation.edits.words import is_punctuation, share_stem

_MAX_CELLS = 400  # a larger region between anchors is cut at every equal word, however short
_MAX_SIDE = 40  # tokens; far more tokens than on the other side are a rewrite

# Costs in thousandths of an insertion or deletion; replacing one word by another costs up to
# 1.5, so that unlike words are cheaper to replace than to delete and insert, but only just.
_GAP = 1000
_REPEATED = 600
_LONGEST_REPEAT = 3  # tokens
# The bonus of an unchanged word: two changes beside it seldom rewrite all three words.
# Chosen on half of BEA-dev, where up to 500 costs no agreement with ERRANT's gold edits.
_STAYS = 500
_UNRELATED = 500
_PUNCTUATION = 500
_PUNCTUATION_FOR_WORD = 2 * _GAP


class Region(NamedTuple):
    """Source tokens `[start, end)` against hypothesis tokens `[at, to)`."""

    start: int
    end: int
    at: int
    to: int


def steps_within(region: Region, pair: Pair) -> list[Step]:
    """Return the steps from source to hypothesis in `region`; different words are replaced."""
    start, end, at, to = region
    if start == end or at == to:
        return [Step("insert" if start == end else "delete", *region)]
    if end - start == to - at == 1:
        return [Step("replace", *region)]  # never costs more than a deletion and an insertion
    if is_small(end - start, to - at):
        return _weighted(region, pair)
    return _cut(region, pair)


def is_small(rows: int, columns: int) -> bool:
    """Return whether each word of a region of this size is weighed with each of the other text."""
    return rows * columns <= _MAX_CELLS and max(rows, columns) <= _MAX_SIDE


def _cut(region: Region, pair: Pair) -> list[Step]:
    """Return the steps of a region too large to weigh; its small parts are weighed."""
    start, end, at, to = region
    steps: list[Step] = []
    for block in Levenshtein.opcodes(pair.before[start:end], pair.after[at:to]):
        part = Region(
            start + block.src_start, start + block.src_end,
            at + block.dest_start, at + block.dest_end,
        )  # fmt: skip
        weighed = block.tag == "replace" and is_small(part.end - part.start, part.to - part.at)
        steps += _weighted(part, pair) if weighed else [Step(block.tag, *part)]
    return steps


def _weighted(region: Region, pair: Pair) -> list[Step]:
    """Return the cheapest path through the region; ties prefer replace, then insert."""
    start, end, at, to = region
    deleted, inserted = _gaps(pair.before, start, end), _gaps(pair.after, at, to)
    row = list(accumulate(inserted, initial=0))
    moves = [["insert"] * len(row)]
    words = pair.after[at:to]
    for word, gap in zip(pair.before[start:end], deleted, strict=True):
        above, cost = row, row[0] + gap
        row, move = [cost], ["delete"]
        for j, other in enumerate(words):
            without, name = cost + inserted[j], "replace"
            if word == other:
                cost, name = above[j] - _STAYS, "equal"
            else:
                cost = above[j] + _substitution(word, other)
                if without < cost:
                    cost, name = without, "insert"
                if above[j + 1] + gap < cost:
                    cost, name = above[j + 1] + gap, "delete"
            row.append(cost)
            move.append(name)
        moves.append(move)
    return _trace(region, moves)


def _gaps(words: list[str], start: int, end: int) -> list[int]:
    """Return the cost of a gap for each of the words `[start, end)`.

    It is lower for words and phrases that are repeated next to themselves, as one of the two is
    likely to be the inserted or deleted one.
    """
    gaps = [_GAP] * (end - start)
    first = max(start - 2 * _LONGEST_REPEAT, 0)
    near = words[first : end + 2 * _LONGEST_REPEAT]
    if len(set(near)) == len(near):
        return gaps  # as nearly always
    for size in range(1, _LONGEST_REPEAT + 1):
        equal, run = bytes(map(eq, near, near[size:])), b"\1" * size
        i = equal.find(run)
        while i >= 0:
            for k in range(max(first + i, start), min(first + i + 2 * size, end)):
                gaps[k - start] = _REPEATED
            i = equal.find(run, i + 1)
    return gaps


def _trace(region: Region, moves: list[list[str]]) -> list[Step]:
    i, j = region.end, region.to
    steps: list[Step] = []
    while i > region.start or j > region.at:
        name = moves[i - region.start][j - region.at]
        end, to = i, j
        while name == "equal" and moves[i - region.start - 1][j - region.at - 1] == "equal":
            i, j = i - 1, j - 1  # a run of equal words is one step
        i, j = i - (name != "insert"), j - (name != "delete")
        steps.append(Step(name, i, end, j, to))
    return steps[::-1]


@lru_cache(maxsize=1 << 15)
def _substitution(word: str, other: str) -> int:
    if is_punctuation(word) or is_punctuation(other):
        both = is_punctuation(word) == is_punctuation(other)
        return _PUNCTUATION if both else _PUNCTUATION_FOR_WORD
    distance = round(1000 * Indel.normalized_distance(word, other))
    return distance if share_stem(word, other) else distance + _UNRELATED
