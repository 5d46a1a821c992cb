"""Source and hypothesis tokens to the edits between them.

Tokens that differ in capitals, white space or glyphs alone are the same word (`glyphs`). Long
runs of equal words are anchors (an unweighted alignment finds them in near linear time); between
anchors a small weighted alignment decides which word became which, after the idea of Felice et
al. (2016) but from the letters of the words alone, so that it serves any language. Words taken
out of, or put among, their equals have one place (`settle`). The same input always gives the same
edits.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import eq
from typing import NamedTuple

from rapidfuzz.distance import Indel, Levenshtein

from evaluation.edits.glyphs import fold
from evaluation.edits.merge import merge
from evaluation.edits.settle import settle
from evaluation.edits.steps import Pair, Step
from evaluation.edits.words import is_punctuation, share_stem
from evaluation.records import Edit

MAX_TOKENS = 4096
"""The longest text, in tokens, that is aligned."""

_ANCHOR = 3  # equal tokens in a row that no weighing would break up
_MAX_CELLS = 400  # a larger region between anchors is cut at every equal word, however short
_MAX_SIDE = 40  # tokens; few against many are a rewrite; weighing its words is no use

# Costs in thousandths of an insertion or deletion; replacing one word by another costs up to
# 1.5, so that unlike words are cheaper to replace than to delete and insert, but only just.
_GAP = 1000
_REPEATED = 600
_LONGEST_REPEAT = 3  # tokens
# What a word that stays is worth: two changes beside it are seldom a rewriting of all three.
# Chosen on half of BEA-dev, where up to 700 costs no agreement with ERRANT's gold edits.
_STAYS = 700
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
    edits never overlap, and equal texts have none. A word that changes its capitals, its glyphs
    or the white space before it and nothing else is an edit of its own.

    Raises:
        ValueError: either text has more than `MAX_TOKENS` tokens.
    """
    return Aligner(source).edits(hypothesis)


class Aligner:
    """Aligns texts with one source; what several of them change alike is looked at once."""

    def __init__(self, source: Sequence[str]) -> None:
        """Take the tokens of the source.

        Raises:
            ValueError: there are more than `MAX_TOKENS`.
        """
        _check(source)
        self._source = list(source)
        self._before = list(map(fold, source))
        self._known: dict[tuple[int, int, tuple[str, ...]], list[Edit]] = {}

    def edits(self, hypothesis: Sequence[str]) -> list[Edit]:
        """Return what `align` returns of the source and `hypothesis`; it raises as that does."""
        _check(hypothesis)
        after = list(map(fold, hypothesis))
        pair = Pair(self._source, list(hypothesis), self._before, after)
        regions = list(_regions(pair))
        edits = self._one_by_one(regions, pair)
        return _all_at_once(regions, pair) if edits is None else edits

    def _one_by_one(self, regions: list[_Region], pair: Pair) -> list[Edit] | None:
        """Return the edits of each region as they are where nothing else is changed.

        None where that cannot be told: they reach into another, or words between two regions
        are the same but for how they are written.
        """
        edits: list[Edit] = []
        done = at = 0
        for region in (*regions, _Region(*[len(pair.source)] * 2, *[len(pair.hypothesis)] * 2)):
            between = pair.source[done : region.start], pair.hypothesis[at : region.at]
            if between[0] != between[1] or (edits and edits[-1].end >= region.start > done):
                return None
            if region.start < region.end or region.at < region.to:
                edits += self._alone(region, pair)
            done, at = region.end, region.to
        return edits

    def _alone(self, region: _Region, pair: Pair) -> list[Edit]:
        start, end, at, to = region
        known = start, end, tuple(pair.hypothesis[at:to])
        if known not in self._known:
            alone = Pair(
                self._source,
                [*self._source[:start], *known[2], *self._source[end:]],
                self._before,
                [*self._before[:start], *pair.after[at:to], *self._before[end:]],
            )
            moved = _Region(start, end, start, start + to - at)
            self._known[known] = _all_at_once([moved], alone)
        return self._known[known]


def _check(tokens: Sequence[str]) -> None:
    if len(tokens) > MAX_TOKENS:
        raise ValueError(f"a text of {len(tokens)} tokens; at most {MAX_TOKENS} are aligned")


def _all_at_once(regions: Sequence[_Region], pair: Pair) -> list[Edit]:
    steps = merge(settle(list(_steps(regions, pair)), pair), pair)
    return [Edit(s.start, s.end, tuple(pair.hypothesis[s.at : s.to])) for s in steps]


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


def _steps(regions: Iterable[_Region], pair: Pair) -> Iterator[Step]:
    """Yield the steps of the whole alignment; a run of equal words is one."""
    done = at = 0
    for region in regions:
        if done < region.start:
            yield Step("equal", done, region.start, at, region.at)
        yield from _within(region, pair)
        done, at = region.end, region.to
    if done < len(pair.source):
        yield Step("equal", done, len(pair.source), at, len(pair.hypothesis))


def _regions(pair: Pair) -> Iterator[_Region]:
    """Yield what lies between anchors: runs of equal words, long or at either end."""
    start = at = 0
    last, final = len(pair.source), len(pair.hypothesis)
    for block in Levenshtein.opcodes(pair.before, pair.after):
        if block.tag != "equal":
            continue
        long = block.src_end - block.src_start >= _ANCHOR
        first = block.src_start == block.dest_start == 0
        if long or first or (block.src_end == last and block.dest_end == final):
            if start < block.src_start or at < block.dest_start:
                yield _Region(start, block.src_start, at, block.dest_start)
            start, at = block.src_end, block.dest_end
    if start < last or at < final:
        yield _Region(start, last, at, final)


def _within(region: _Region, pair: Pair) -> list[Step]:
    start, end, at, to = region
    if start == end or at == to:
        return [Step("insert" if start == end else "delete", *region)]
    if end - start == to - at == 1:
        return [Step("replace", *region)]  # never dearer than deleting one, inserting the other
    if _is_small(region):
        return _weighted(region, pair)
    return _cut(region, pair)


def _is_small(region: _Region) -> bool:
    rows, columns = region.end - region.start, region.to - region.at
    return rows * columns <= _MAX_CELLS and max(rows, columns) <= _MAX_SIDE


def _cut(region: _Region, pair: Pair) -> list[Step]:
    """Return the steps of a region too large to weigh: what is small of it is weighed."""
    start, end, at, to = region
    steps: list[Step] = []
    for block in Levenshtein.opcodes(pair.before[start:end], pair.after[at:to]):
        part = _Region(
            start + block.src_start, start + block.src_end,
            at + block.dest_start, at + block.dest_end,
        )  # fmt: skip
        weighed = block.tag == "replace" and _is_small(part)
        steps += _weighted(part, pair) if weighed else [Step(block.tag, *part)]
    return steps


def _weighted(region: _Region, pair: Pair) -> list[Step]:
    """Cheapest path through the region; on a tie replace, then insert, then delete."""
    start, end, at, to = region
    deleted, inserted = _gaps(pair.before, start, end), _gaps(pair.after, at, to)
    row = list(accumulate(inserted, initial=0))
    moves = [["insert"] * len(row)]
    words = pair.after[at:to]
    for word, gap in zip(pair.before[start:end], deleted, strict=True):
        above = row
        row, move = [above[0] + gap], ["delete"]
        for j, other in enumerate(words):
            if word == other:
                row.append(above[j] - _STAYS)
                move.append("equal")
                continue
            cost, name = above[j] + _substitution(word, other), "replace"
            if row[j] + inserted[j] < cost:
                cost, name = row[j] + inserted[j], "insert"
            if above[j + 1] + gap < cost:
                cost, name = above[j + 1] + gap, "delete"
            row.append(cost)
            move.append(name)
        moves.append(move)
    return _trace(region, moves)


def _gaps(words: list[str], start: int, end: int) -> list[int]:
    """Return what it costs to leave out each of the words `[start, end)`.

    One of two that are the same, or of two phrases that are, is left out more readily: what
    stands before it may be replaced by anything.
    """
    gaps = [_GAP] * (end - start)
    first = max(start - 2 * _LONGEST_REPEAT, 0)
    near = words[first : end + 2 * _LONGEST_REPEAT]
    for size in range(1, _LONGEST_REPEAT + 1):
        alike = list(map(eq, near, near[size:]))
        if True not in alike:
            continue
        for i in range(len(alike) - size + 1):
            if all(alike[i : i + size]):
                for k in range(max(first + i, start), min(first + i + 2 * size, end)):
                    gaps[k - start] = _REPEATED
    return gaps


def _trace(region: _Region, moves: list[list[str]]) -> list[Step]:
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
