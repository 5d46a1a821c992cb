"""All the cheapest alignments of two texts at once: the single steps that lie on any of them.

A column of Levenshtein's matrix is a few numbers, whose bits are its cells (Hyyrö 2003, 2004).
"""

from collections.abc import Iterator, Sequence

from rapidfuzz.distance import Levenshtein

from evaluation.errors import ConsortError

MAX_CELLS = 1_000_000
"""The largest alignment, in pairs of positions within the band that is looked at."""
MAX_NODES = 100_000
"""The most pairs of positions that may lie on cheapest alignments."""

Node = tuple[int, int]
"""A position in the source and one in the hypothesis."""

# Of the cells of a column of Levenshtein's matrix, as the bits of a number, those that a cheapest
# step leads to from the cell above, from the one aslant, and from the one beside.
_Column = tuple[int, int, int]


class TooManyEditsError(ConsortError):
    """Two texts so unlike that there are too many ways from one to the other to weigh."""


def cheapest_steps(
    source: Sequence[str], hypothesis: Sequence[str], substitution: int
) -> dict[Node, list[Node]]:
    """Return, for each node on a cheapest alignment but the start, those one step before it.

    A step inserts or deletes one token, replaces one at the cost of `substitution`, or leaves
    one alone at none.

    Raises:
        TooManyEditsError: beyond `MAX_CELLS` or `MAX_NODES`.
    """
    _check(source, hypothesis, substitution)
    columns = (_replacing if substitution == 1 else _without)(source, hypothesis)
    before: dict[Node, list[Node]] = {}
    for j, cells in _reached(columns, len(source)):
        above, aslant, beside = columns[j]
        while cells:
            i = cells.bit_length() - 1
            cell = 1 << i
            cells ^= cell
            tails = [(i - 1, j - 1)] if aslant & cell else []
            if above & cell:
                tails.append((i - 1, j))
            if beside & cell:
                tails.append((i, j - 1))
            before[i, j] = tails
        if len(before) > MAX_NODES:
            raise TooManyEditsError(f"over {MAX_NODES} nodes to weigh between two texts")
    del before[0, 0]
    return before


def _reached(columns: Sequence[_Column], rows: int) -> Iterator[tuple[int, int]]:
    """Yield each column's number, from the last back, and its cells on cheapest alignments."""
    cells = 1 << rows
    for j in range(len(columns) - 1, -1, -1):
        above, aslant, beside = columns[j]
        while more := (cells & above) >> 1 & ~cells:
            cells |= more
        yield j, cells
        cells = (cells & aslant) >> 1 | cells & beside


def _check(source: Sequence[str], hypothesis: Sequence[str], substitution: int) -> None:
    """Refuse texts whose cheapest alignments stray over a band of more than `MAX_CELLS`."""
    shift = abs(len(hypothesis) - len(source))
    distance = Levenshtein.distance(source, hypothesis, weights=(1, 1, substitution))
    slack = (distance - shift) // 2  # how far a cheapest alignment may stray from the corners' own
    if (shift + 2 * slack + 2) * len(source) > MAX_CELLS:
        raise TooManyEditsError(f"over {MAX_CELLS} pairs of tokens to weigh between two texts")


def _equal(source: Sequence[str], hypothesis: Sequence[str]) -> list[int]:
    """Return, for each token of the hypothesis, the cells where the source has it too."""
    where: dict[str, int] = {}
    for i, word in enumerate(source, start=1):
        where[word] = where.get(word, 0) | 1 << i
    return [where.get(word, 0) for word in hypothesis]


def _replacing(source: Sequence[str], hypothesis: Sequence[str]) -> list[_Column]:
    """Return the columns where replacing costs 1 (Hyyrö 2003)."""
    full = (2 << len(source)) - 2
    more, less = full, 0  # cells that are by one more, by one less than the one above
    found = [(full, 0, 0)]
    for same in _equal(source, hypothesis):
        level = same | less
        level |= ((level & more) + more) ^ more  # as much as the cell aslant
        dearer = (less | ~(level | more)) & full  # by one more than the cell beside
        cheaper = more & level
        ahead, behind = dearer << 1 | 2, cheaper << 1
        more, less = (behind | ~(level | ahead)) & full, ahead & level & full
        found.append((more, (same | ~level) & full, dearer | 1))
    return found


def _without(source: Sequence[str], hypothesis: Sequence[str]) -> list[_Column]:
    """Return the columns where replacing costs 2, as much as to delete and insert (Hyyrö 2004)."""
    full = (2 << len(source)) - 2
    flat = full  # cells with no longer a common subsequence than the one above
    found = [(full, 0, 0)]
    for same in _equal(source, hypothesis):
        before, taken = flat, flat & same
        flat = (flat + taken | flat - taken) & full
        level = ~(flat - before) & full  # cells with no longer a one than the cell beside
        found.append((flat, same | level & before, level | 1))
    return found
