"""The records of an alignment: its steps, and the two texts."""

from collections.abc import Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """One step of an alignment: source tokens `[start, end)` became tokens `[at, to)`.

    `name` is equal, replace, insert, delete, or derived from these: repeat (a repetition of the
    words before it, inserted or deleted), case or form (the same word in another written form),
    reorder (the same words in another order).
    """

    name: str
    start: int
    end: int
    at: int
    to: int


class Pair(NamedTuple):
    """The tokens of two texts, and their keys by `glyphs.fold`, which the alignment compares."""

    source: Sequence[str]
    hypothesis: Sequence[str]
    before: list[str]
    after: list[str]


def span(steps: Sequence[Step], name: str) -> Step:
    """Return neighbouring steps as one."""
    first, last = steps[0], steps[-1]
    return Step(name, first.start, last.end, first.at, last.to)
