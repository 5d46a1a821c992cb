"""Combining any number of segments in bounded memory: in chunks, by any kind of workers."""

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

from ensemble.candidates import Kind, collect_each
from ensemble.candidates.answers import empty_outputs
from ensemble.candidates.labels import LabelCase
from ensemble.candidates.protection import Trusted
from ensemble.combiners.base import Combiner, Counting, combine_all, learns
from ensemble.decoding.decode import Combination
from ensemble.output_formats import OutputFormat, has_break, opened, render
from evaluation.edits.batch_style import in_batch_style
from evaluation.edits.types import Classifier, Types, load_types
from evaluation.execution.workers import current_workers
from evaluation.records import Segment

CHUNK = 500
"""Segments combined at a time, as one task of a worker."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive segments, and the number of the first, counting from 1."""

    first: int
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over a chunk or over all segments; they add up.

    `figures` counts segments, those that judges scored, candidates and accepted candidates; `empty`
    the empty outputs of each system, which do not count as answers; `broken` texts whose line
    breaks became spaces.
    """

    figures: Counter[str] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)
    broken: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        """Return the counts of both."""
        figures = Counter(self.figures)
        figures.update(other.figures)  # unlike +, this keeps zeros
        return Totals(figures, self.empty + other.empty, self.broken + other.broken)


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """The combinations of a chunk, rendered in each format asked for, and their counts."""

    results: dict[OutputFormat, Any]
    made: Totals


def chunked(segments: Iterable[Segment]) -> Iterator[Chunk]:
    """Yield `segments` in chunks of `CHUNK`, each segment in the style of most (`batch_style`)."""
    remaining, first = in_batch_style(segments), 1
    while batch := list(islice(remaining, CHUNK)):
        yield Chunk(first, batch)
        first += len(batch)


def fitted(
    combiner: Combiner,
    kind: Kind,
    segments: Callable[[], Iterable[Segment]],
    label_case: LabelCase = "keep",
    may_change_protected: Trusted = (),
) -> Combiner:
    """Return `combiner` fitted to all segments; `segments` is called to read them, if needed.

    Raises:
        ValueError: a segment cannot be read, or is too long.
    """
    if not learns(combiner, kind):
        return combiner.fit([])  # its `fit` does not depend on ballots
    counter = partial(_counter, combiner, kind, label_case, may_change_protected)
    # Each worker counts its chunks; counts add up, so no worker needs all ballots.
    counts = current_workers().map(counter, chunked(segments()))
    return combiner.from_statistics(reduce(add, counts, combiner.statistics([])))


def combine_chunks(
    combiner: Combiner,
    kind: Kind,
    types: Types,
    formats: Iterable[OutputFormat],
    segments: Iterable[Segment],
    label_case: LabelCase = "keep",
    may_change_protected: Trusted = (),
) -> Iterator[ChunkResult]:
    """Yield the combinations of `segments` by the fitted `combiner`, chunk by chunk in order.

    Raises:
        ValueError: a segment cannot be read, or is too long.
        ImportError: the package that classifies edits is missing.
    """
    combine = partial(
        _combining, combiner, kind, types, frozenset(formats), label_case, may_change_protected
    )
    return current_workers().map(combine, chunked(segments))


def combine_chunk(
    chunk: Chunk,
    combiner: Combiner,
    kind: Kind,
    classifier: Classifier,
    label_case: LabelCase = "keep",
    may_change_protected: Trusted = (),
) -> list[Combination]:
    """Return the combination of each segment of `chunk` by the fitted `combiner`.

    Raises:
        ValueError: a segment is too long.
    """
    ballots = collect_each(
        chunk.segments, kind, classifier, chunk.first, label_case, may_change_protected
    )
    return combine_all(list(ballots), combiner)


def write_parts(parts: Iterable[ChunkResult], files: Mapping[Path, OutputFormat]) -> Totals:
    """Write `parts` to each of `files` as they come; the files appear when all are written.

    Returns the counts of all parts.
    """
    totals = Totals(Counter({"segments": 0, "candidates": 0, "accepted": 0}))
    with ExitStack() as stack:
        writers = [
            (file_format, stack.enter_context(opened(path, file_format)))
            for path, file_format in files.items()
        ]
        for part in parts:
            for file_format, write in writers:
                write(part.results[file_format])
            totals += part.made
    return totals


def _counter(
    combiner: Counting, kind: Kind, label_case: LabelCase, may_change_protected: Trusted
) -> Callable[[Chunk], Any]:
    classifier = load_types("none")  # agreement does not depend on the types of edits

    def count(chunk: Chunk) -> Any:  # noqa: ANN401
        ballots = collect_each(
            chunk.segments, kind, classifier, chunk.first, label_case, may_change_protected
        )
        return combiner.statistics(list(ballots))

    return count


def _combining(
    combiner: Combiner,
    kind: Kind,
    types: Types,
    formats: frozenset[OutputFormat],
    label_case: LabelCase,
    may_change_protected: Trusted,
) -> Callable[[Chunk], ChunkResult]:
    # Loaded in the worker: a classifier may hold a model that does not pickle.
    classifier = load_types(types)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)  # the same rounding of sums, however many cores a worker has

    def combine(chunk: Chunk) -> ChunkResult:
        combined = combine_chunk(
            chunk, combiner, kind, classifier, label_case, may_change_protected
        )
        decisions = [decision for combination in combined for decision in combination.decisions]
        figures = {
            "segments": len(combined),
            "candidates": len(decisions),
            "accepted": sum(decision.accepted for decision in decisions),
            "scored": sum(bool(segment.scores) for segment in chunk.segments),
        }
        results = {form: render(form, combined, chunk.first) for form in formats}
        empty = Counter(chain.from_iterable(map(empty_outputs, chunk.segments)))
        broken = sum(map(has_break, combined)) if "text" in formats else 0
        return ChunkResult(results, Totals(Counter(figures), empty, broken))

    return combine
