"""What an alignment is made of: steps from one text to another, and the two texts."""

from collections.abc import Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """One step of an alignment: source tokens `[start, end)` became `[at, to)` of the other.

    `name` is equal, replace, insert, delete, or one of those that follow from them: repeat (words
    put among, or taken from, their equals), case or form (the same word written otherwise),
    reorder (the same words in another order).
    """

    name: str
    start: int
    end: int
    at: int
    to: int


class Pair(NamedTuple):
    """The tokens of two texts, and the words that they are aligned by (`glyphs.fold`)."""

    source: Sequence[str]
    hypothesis: Sequence[str]
    before: list[str]
    after: list[str]


def span(steps: Sequence[Step], name: str) -> Step:
    """Return neighbouring steps as one."""
    first, last = steps[0], steps[-1]
    return Step(name, first.start, last.end, first.at, last.to)
