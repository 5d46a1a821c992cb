"""Any number of segments combined, in memory for a few: cut into chunks, done by any workers."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial, reduce
from itertools import chain, islice
from operator import add
from pathlib import Path
from typing import Any

from ensemble.candidates import Kind, collect_all
from ensemble.candidates.answers import empty_outputs
from ensemble.candidates.labels import LabelCase
from ensemble.candidates.protection import Trusted
from ensemble.combiners.base import Combiner, Counting, combine_all, learns
from ensemble.output_formats import Form, has_break, opened, render
from evaluation.edits.types import Types, load_types
from evaluation.execution.workers import current_workers
from evaluation.records import Segment

CHUNK = 500
"""Segments combined together: what a worker is given at a time."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some segments in a row, and the number of the first, counting from 1."""

    first: int
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class Made:
    """How much there was of what, in a chunk or in all; of two parts, first + second is of both.

    `figures` counts segments, candidates and accepted ones; `empty`, by system, outputs that
    were empty and so no answers; `broken`, texts whose line breaks became spaces.
    """

    figures: Counter[str] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)
    broken: int = 0

    def __add__(self, other: "Made") -> "Made":
        """Return the counts of both."""
        figures = Counter(self.figures)
        figures.update(other.figures)  # unlike +, it keeps what is 0
        return Made(figures, self.empty + other.empty, self.broken + other.broken)


@dataclass(frozen=True, slots=True)
class Part:
    """What a chunk came to: its results in each form asked for, and how much there was of what."""

    results: dict[Form, Any]
    made: Made


def cut(segments: Iterable[Segment]) -> Iterator[Chunk]:
    """Yield `segments` in chunks of `CHUNK`."""
    left, first = iter(segments), 1
    while some := list(islice(left, CHUNK)):
        yield Chunk(first, some)
        first += len(some)


def fitted(
    combiner: Combiner,
    kind: Kind,
    segments: Callable[[], Iterable[Segment]],
    label_case: LabelCase = "keep",
    may_change_protected: Trusted = (),
) -> Combiner:
    """Return `combiner` fitted to all segments; `segments` begins to read them, if it must.

    Raises:
        ValueError: a segment cannot be read, or is too long.
    """
    if not learns(combiner, kind):
        return combiner.fit([])  # it learns nothing from ballots
    counter = partial(_counter, combiner, kind, label_case, may_change_protected)
    counts = current_workers().map(counter, cut(segments()))
    return combiner.taught(reduce(add, counts, combiner.count([])))


def combine_chunks(
    combiner: Combiner,
    kind: Kind,
    types: Types,
    forms: Iterable[Form],
    segments: Iterable[Segment],
    label_case: LabelCase = "keep",
    may_change_protected: Trusted = (),
) -> Iterator[Part]:
    """Yield what `combiner`, which is fitted, makes of `segments`, chunk by chunk in order.

    Raises:
        ValueError: a segment cannot be read, or is too long.
        ImportError: what names the types is missing.
    """
    make = partial(
        _combining, combiner, kind, types, frozenset(forms), label_case, may_change_protected
    )
    return current_workers().map(make, cut(segments))


def write_parts(parts: Iterable[Part], files: Mapping[Path, Form]) -> Made:
    """Write `parts`, as they come, to each of `files`, whole in the end or not at all.

    Returns how much there was of what.
    """
    made = Made(Counter({"segments": 0, "candidates": 0, "accepted": 0}))
    with ExitStack() as stack:
        pens = [(form, stack.enter_context(opened(path, form))) for path, form in files.items()]
        for part in parts:
            for form, write in pens:
                write(part.results[form])
            made += part.made
    return made


def _counter(
    combiner: Counting, kind: Kind, label_case: LabelCase, may_change_protected: Trusted
) -> Callable[[Chunk], Any]:
    classifier = load_types("none")  # who agrees with whom does not hang on what edits are called

    def count(chunk: Chunk) -> Any:  # noqa: ANN401
        ballots = collect_all(
            chunk.segments, kind, classifier, chunk.first, label_case, may_change_protected
        )
        return combiner.count(list(ballots))

    return count


def _combining(
    combiner: Combiner,
    kind: Kind,
    types: Types,
    forms: frozenset[Form],
    label_case: LabelCase,
    may_change_protected: Trusted,
) -> Callable[[Chunk], Part]:
    classifier = load_types(types)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)  # sums rounded alike, however many cores a worker sees

    def combine(chunk: Chunk) -> Part:
        ballots = collect_all(
            chunk.segments, kind, classifier, chunk.first, label_case, may_change_protected
        )
        combined = combine_all(list(ballots), combiner)
        decisions = [decision for one in combined for decision in one.decisions]
        figures = {
            "segments": len(combined),
            "candidates": len(decisions),
            "accepted": sum(decision.accepted for decision in decisions),
        }
        results = {form: render(form, combined) for form in forms}
        empty = Counter(chain.from_iterable(map(empty_outputs, chunk.segments)))
        broken = sum(map(has_break, combined)) if "text" in forms else 0
        return Part(results, Made(Counter(figures), empty, broken))

    return combine
