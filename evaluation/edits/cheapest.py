"""All the cheapest alignments of two texts at once: the single steps that lie on any of them."""

from collections.abc import Sequence
from math import inf

from rapidfuzz.distance import Levenshtein

MAX_CELLS = 1_000_000
"""The largest alignment, in pairs of positions within the band that is looked at."""
MAX_NODES = 100_000
"""The most pairs of positions that may lie on cheapest alignments."""

Node = tuple[int, int]
"""A position in the source and one in the hypothesis."""


class TooManyEditsError(ValueError):
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
    rows, lowest = _distances(source, hypothesis, substitution)
    before: dict[Node, list[Node]] = {}
    waiting = [(len(source), len(hypothesis))]
    while waiting:
        head = i, j = waiting.pop()
        if head in before or head == (0, 0):
            continue
        k = j - i - lowest
        here = rows[i][k]
        equal = i > 0 < j and source[i - 1] == hypothesis[j - 1]
        tails = (
            ((i - 1, j - 1), rows[i - 1][k] + (0 if equal else substitution)),
            ((i - 1, j), rows[i - 1][k + 1] + 1),
            ((i, j - 1), rows[i][k - 1] + 1),
        )
        before[head] = [tail for tail, distance in tails if distance == here]
        waiting += before[head]
        if len(before) > MAX_NODES:
            raise TooManyEditsError(f"over {MAX_NODES} nodes to weigh between two texts")
    return before


def _distances(
    source: Sequence[str], hypothesis: Sequence[str], substitution: int
) -> tuple[list[list[float]], int]:
    """Return Levenshtein's matrix, in a band that holds every cheapest alignment.

    Cell `rows[i][j - i - lowest]` is the distance of the first `i` source tokens from the
    first `j` of the hypothesis; infinity surrounds the band, also at `rows[-1]`.
    """
    shift = len(hypothesis) - len(source)
    distance = Levenshtein.distance(source, hypothesis, weights=(1, 1, substitution))
    slack = (distance - abs(shift)) // 2
    lowest, highest = min(0, shift) - slack - 1, max(0, shift) + slack + 1
    if (highest - lowest) * len(source) > MAX_CELLS:
        raise TooManyEditsError(f"over {MAX_CELLS} pairs of tokens to weigh between two texts")
    rows = [[inf] * (highest - lowest + 1) for _ in range(len(source) + 2)]
    rows[0][-lowest : highest - lowest] = range(highest)
    words = ("", *hypothesis)
    for i, word in enumerate(source, start=1):
        above, row = rows[i - 1], rows[i]
        for j in range(max(0, i + lowest + 1), min(len(hypothesis), i + highest - 1) + 1):
            k = j - i - lowest
            kept = above[k] if word == words[j] else above[k] + substitution
            row[k] = min(kept, above[k + 1] + 1, row[k - 1] + 1)
    return rows, lowest
