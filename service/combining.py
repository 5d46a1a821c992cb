"""Files of outputs combined, however large they are: for the command line and for jobs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ensemble.baselines import BASELINES
from ensemble.candidates import Kind
from ensemble.chunks import CHUNK, combine_chunks, fitted, write_parts
from ensemble.combiner import Combiner, kind_for, signed
from ensemble.results import Form
from evaluation.edits.types import Types
from evaluation.readers import count_lines, stream_outputs
from evaluation.records import Segment
from evaluation.report import Row, Table

if TYPE_CHECKING:
    from service.console import Progress

NEURAL = "neural"
NAMED = (*BASELINES, NEURAL)
"""The combiners that have names; others are folders."""


@dataclass(frozen=True)
class Recipe:
    """What outputs are combined by, which of them, and how; the options of `consort combine`."""

    combiner: Combiner
    kind: Kind
    systems: Sequence[str] | None
    types: Types

    @classmethod
    def of(
        cls,
        combiner: Combiner,
        kind: Kind | None = None,
        systems: Sequence[str] | None = None,
        types: Types | None = None,
    ) -> Self:
        """Return one with the kind and the types that `combiner` is usual for, where left open.

        Raises:
            ValueError: it combines no such kind, or was trained on other types.
        """
        shown = getattr(combiner, "types", None)
        if types and shown and types != shown:
            raise ValueError(f"this combiner was trained with --types {shown}")
        return cls(combiner, kind_for(combiner, kind), systems, types or shown or "surface")

    def read(self, folder: Path) -> Iterator[Segment]:
        """Yield the segments in `folder`, or in a JSONL file, from the first."""
        return stream_outputs(folder, self.systems)

    def systems_in(self, folder: Path) -> tuple[str, ...]:
        """Return the systems that there are of the first segment; none where there is none."""
        first = next(self.read(folder), None)
        return tuple(first.hypotheses) if first else ()


def combine_files(
    folder: Path, files: Mapping[Path, Form], recipe: Recipe, progress: "Progress"
) -> Table:
    """Combine the outputs in `folder`, or in a JSONL file, a chunk at a time.

    Writes what comes of it to `files`, each in its form, and returns how much there was of what.

    Raises:
        DataError: a file cannot be read.
        ValueError: a segment is too long.
        ImportError: an optional part is missing; the message names the extra.
    """
    kind, segments, systems = recipe.kind, _count(folder), recipe.systems_in(folder)

    def read() -> Iterable[Segment]:
        return progress(recipe.read(folder), "Learning from all", segments)

    ready = fitted(recipe.combiner, kind, read)
    parts = combine_chunks(ready, kind, recipe.types, files.values(), recipe.read(folder))
    chunks = None if segments is None else -(-segments // CHUNK)
    made = write_parts(progress(parts, "Combining", chunks), files)
    figures = {"segments": made.figures["segments"], "systems": len(systems)}
    figures |= {what: made.figures[what] for what in ("candidates", "accepted")}
    rows = [Row(ready.name, "corpus", what, value) for what, value in figures.items()]
    return Table(rows, signed(ready, kind))


def named(name: str) -> Combiner:
    """Return the combiner of one of the `NAMED`, as it is before it is fitted."""
    if name in BASELINES:
        return BASELINES[name]()
    from ensemble.neural.combiner import Neural

    return Neural()


def _count(path: Path) -> int | None:
    """Return how many segments there are, if that can be told without taking any."""
    source = path / "source.txt" if path.is_dir() else path
    return count_lines(source) if source.is_file() else None
