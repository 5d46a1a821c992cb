"""Aligns source and hypothesis tokens and returns the edits between them.

Tokens that differ in capitals, white space or glyphs alone are the same word (`glyphs`). Long
runs of equal words are anchors (an unweighted alignment finds them in near linear time); between
anchors a small weighted alignment decides which word became which, after the idea of Felice et
al. (2016) but from the letters of the words alone, so that it serves any language. Insertions and
deletions of a repeated word have one position (`settle`). The same input always gives the same
edits.
"""

from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz.distance import Levenshtein

from evaluation.edits.glyphs import fold
from evaluation.edits.merge import merge
from evaluation.edits.settle import settle
from evaluation.edits.steps import Pair, Step
from evaluation.edits.weigh import Region, steps_within
from evaluation.errors import InputError
from evaluation.records import Edit

MAX_TOKENS = 4096
"""The longest text, in tokens, that is aligned."""

ANCHOR = 3
"""Equal tokens in a row, which the weighted alignment would not split."""

_REACH = 16  # tokens beside a change that are looked at with it


def align(source: Sequence[str], hypothesis: Sequence[str]) -> list[Edit]:
    """Return the edits, in reading order, that turn `source` into `hypothesis`.

    Both are token sequences of one tokenisation. `apply(source, edits)` is `hypothesis`,
    edits never overlap, and equal texts have none. A word that changes only its capitals, its
    glyphs or the white space before it is a separate edit.

    Raises:
        InputError: either text has more than `MAX_TOKENS` tokens.
    """
    return Aligner(source).edits(hypothesis)


class Aligner:
    """Aligns texts with one source; a change that several texts share is aligned once."""

    def __init__(self, source: Sequence[str]) -> None:
        """Take the tokens of the source.

        Raises:
            InputError: there are more than `MAX_TOKENS`.
        """
        check_length(source)
        self._source = list(source)
        self._before = list(map(fold, source))
        self._known: dict[tuple[int, int, tuple[str, ...]], list[Edit]] = {}

    def edits(self, hypothesis: Sequence[str]) -> list[Edit]:
        """Return the edits from the source to `hypothesis`; see `align`."""
        check_length(hypothesis)
        pair = Pair(self._source, list(hypothesis), self._before, list(map(fold, hypothesis)))
        regions = list(_regions(pair))
        edits = self._one_by_one(regions, pair)
        return _all_at_once(regions, pair) if edits is None else edits

    def _one_by_one(self, regions: list[Region], pair: Pair) -> list[Edit] | None:
        """Return the edits of each region as if it were the only one that changes.

        None where regions cannot be separated: the edits of one reach into the next, or words
        between two regions differ in their written form.
        """
        if _is_written_otherwise(regions, pair):
            return None
        edits: list[Edit] = []
        for region in regions:
            if edits and edits[-1].end >= region.start:
                return None
            if self._is_plain(region, pair):
                edits.append(_edit(region, pair))
            else:
                edits += self._alone(region, pair)
        return edits

    def _alone(self, region: Region, pair: Pair, reach: int = _REACH) -> list[Edit]:
        """Return the edits of a region as they are where nothing else is changed."""
        start, end, at, to = region
        known = start, end, tuple(pair.hypothesis[at:to])
        if known not in self._known:
            first, last = max(start - _REACH, 0), end + reach
            alone = Pair(
                self._source[first:last],
                [*self._source[first:start], *known[2], *self._source[end:last]],
                self._before[first:last],
                [*self._before[first:start], *pair.after[at:to], *self._before[end:last]],
            )
            here = start - first
            edits = _all_at_once([Region(here, end - first, here, here + to - at)], alone)
            if edits and first + edits[-1].end >= last:
                return self._alone(region, pair, 4 * reach)  # they reach further
            self._known[known] = [Edit(first + s, first + e, words) for s, e, words in edits]
        return self._known[known]

    def _is_plain(self, region: Region, pair: Pair) -> bool:
        """Return whether it changes one word, which differs from its neighbours."""
        start, end, at, to = region
        if (end - start, to - at) == (1, 1):
            return True
        if end - start + to - at != 1:
            return False
        word = self._before[start] if start < end else pair.after[at]
        return word not in (*self._before[max(start - 1, 0) : start], *self._before[end : end + 1])


def check_length(tokens: Sequence[str]) -> None:
    """Refuse a text that is too long to align.

    Raises:
        InputError: there are more than `MAX_TOKENS` tokens.
    """
    if len(tokens) > MAX_TOKENS:
        message = f"a text of {len(tokens)} tokens; at most {MAX_TOKENS} are aligned"
        raise InputError("too-large", message)


def _all_at_once(regions: Sequence[Region], pair: Pair) -> list[Edit]:
    steps = merge(settle(list(_steps(regions, pair)), pair), pair)
    return [Edit(s.start, s.end, tuple(pair.hypothesis[s.at : s.to])) for s in steps]


def _edit(region: Region, pair: Pair) -> Edit:
    return Edit(region.start, region.end, tuple(pair.hypothesis[region.at : region.to]))


def _is_written_otherwise(regions: Sequence[Region], pair: Pair) -> bool:
    """Whether any word between the regions is the same but for how it is written."""
    done = at = 0
    for start, end, begin, to in regions:
        if pair.source[done:start] != pair.hypothesis[at:begin]:
            return True
        done, at = end, to
    return pair.source[done:] != pair.hypothesis[at:]


def apply(source: Sequence[str], edits: Sequence[Edit]) -> list[str]:
    """Return `source` with `edits`, which are in reading order and do not overlap, applied."""
    tokens: list[str] = []
    done = 0
    for start, end, replacement in edits:
        tokens += source[done:start]
        tokens += replacement
        done = end
    tokens += source[done:]
    return tokens


def _steps(regions: Iterable[Region], pair: Pair) -> Iterator[Step]:
    """Yield the steps of the whole alignment; a run of equal words is one."""
    done = at = 0
    for region in regions:
        if done < region.start:
            yield Step("equal", done, region.start, at, region.at)
        yield from steps_within(region, pair)
        done, at = region.end, region.to
    if done < len(pair.source):
        yield Step("equal", done, len(pair.source), at, len(pair.hypothesis))


def _regions(pair: Pair) -> Iterator[Region]:
    """Yield the regions between anchors, which are runs of equal words, long or at either end."""
    start = at = 0
    last, final = len(pair.source), len(pair.hypothesis)
    for begin, into, size in Levenshtein.opcodes(pair.before, pair.after).as_matching_blocks():
        end, to = begin + size, into + size
        at_an_end = begin == into == 0 or (end == last and to == final)
        if size >= ANCHOR or (size and at_an_end):
            if start < begin or at < into:
                yield Region(start, begin, at, into)
            start, at = end, to
    if start < last or at < final:
        yield Region(start, last, at, final)
