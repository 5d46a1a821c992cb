"""Files of outputs combined, however large they are: for the command line and for jobs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ensemble.batch import CHUNK, Totals, combine_chunks, fitted, write_parts
from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from ensemble.candidates.protection import Trusted
from ensemble.candidates.recognition import recognise
from ensemble.combiners.base import Combiner, kind_for, signed
from ensemble.combiners.baselines import BASELINES, USUAL
from ensemble.output_formats import OutputFormat
from evaluation.data.readers import count_lines, stream_outputs
from evaluation.edits.types import Types
from evaluation.records import Segment
from evaluation.reporting.table import Row, Table

if TYPE_CHECKING:
    from evaluation.execution.progress import Progress

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
    label_case: LabelCase = "keep"
    protect: bool = True

    @classmethod
    def of(
        cls,
        combiner: Combiner | None,
        kind: Kind,
        systems: Sequence[str] | None = None,
        types: Types | None = None,
        label_case: LabelCase = "keep",
        protect: bool = True,
    ) -> Self:
        """Return one with the combiner that is usual for `kind`, and its types, where left open.

        Raises:
            ValueError: it combines no such kind, was trained on other types, or there are no
                labels whose case could be ignored, or no edits from which to protect a text.
        """
        chosen = combiner or named(USUAL[kind])
        shown = getattr(chosen, "types", None)
        if types and shown and types != shown:
            raise ValueError(f"this combiner was trained with --types {shown}")
        kind = kind_for(chosen, kind)
        check_label_case(label_case, kind)
        if not protect and kind != "edits":
            raise ValueError(f"--no-protect is for edits, not {kind}")
        return cls(chosen, kind, systems, types or shown or "surface", label_case, protect)

    @property
    def may_change_protected(self) -> Trusted:
        """The systems that may change addresses, code and mark-up: none, or all (`None`)."""
        return () if self.protect else None

    def read(self, folder: Path) -> Iterator[Segment]:
        """Yield the segments in `folder`, or in a JSONL file, from the first."""
        return stream_outputs(folder, self.systems, needs_source=self.kind == "edits")

    def systems_in(self, folder: Path) -> tuple[str, ...]:
        """Return the systems that there are of the first segment; none where there is none."""
        first = next(self.read(folder), None)
        return tuple(first.hypotheses) if first else ()


Note = Callable[[str], None]
"""Is told what the user should know, a line at a time."""


def no_note(text: str) -> None:
    """Tell nobody."""


def kind_in(
    folder: Path,
    combiner: Combiner | None = None,
    systems: Sequence[str] | None = None,
    note: Note = no_note,
) -> Kind:
    """Return the kind of the outputs in `folder`: the combiner's only one, or what they look like.

    Raises:
        DataError: a file cannot be read.
        ValueError: it is not clear which kind they are of.
    """
    if combiner is not None and len(combiner.kinds) == 1:
        return combiner.kinds[0]
    recognised = recognise(stream_outputs(folder, systems, needs_source=False))
    if recognised.kind != "edits":
        note(f"note: combining {recognised.kind} ({recognised.why}); --kind would say otherwise")
    return recognised.kind


def check_label_case(label_case: LabelCase, kind: Kind) -> None:
    """Raise a `ValueError` where the case of labels is to be ignored and there are none."""
    if label_case != "keep" and kind != "labels":
        raise ValueError(f"--label-case {label_case} is for labels, not {kind}")


def combine_files(
    folder: Path,
    files: Mapping[Path, OutputFormat],
    recipe: Recipe,
    progress: "Progress",
    note: Note = no_note,
) -> Table:
    """Combine the outputs in `folder`, or in a JSONL file, a chunk at a time.

    Writes what comes of it to `files`, each in its form, and returns how much there was of what.
    Outputs that were no answer, and texts that were joined to one line, are told to `note`.

    Raises:
        DataError: a file cannot be read.
        ValueError: a segment is too long.
        ImportError: an optional part is missing; the message names the extra.
    """
    kind, segments, systems = recipe.kind, _count(folder), recipe.systems_in(folder)

    def read() -> Iterable[Segment]:
        return progress(recipe.read(folder), "Learning from all", segments)

    how = (recipe.label_case, recipe.may_change_protected)
    ready = fitted(recipe.combiner, kind, read, *how)
    parts = combine_chunks(ready, kind, recipe.types, files.values(), recipe.read(folder), *how)
    chunks = None if segments is None else -(-segments // CHUNK)
    made = write_parts(progress(parts, "Combining", chunks), files)
    figures = {"segments": made.figures["segments"], "systems": len(systems)}
    figures |= {what: made.figures[what] for what in ("candidates", "accepted")}
    rows = [Row(ready.name, "corpus", what, value) for what, value in figures.items()]
    rows += [Row(n, "corpus", "empty outputs", made.empty[n]) for n in systems if made.empty[n]]
    for text in _notes(made):
        note(text)
    return Table(rows, signed(ready, kind) + ("" if recipe.protect else "|protect:no"))


def _notes(made: Totals) -> Iterator[str]:
    """Yield what the user should know of what was `made`."""
    for name, count in made.empty.items():
        yield f"note: {count} empty output{'s' * (count > 1)} of {name} counted as no answer"
    if made.broken:
        texts = "1 text" if made.broken == 1 else f"{made.broken} texts"
        yield f"note: line breaks in {texts} became spaces; a .jsonl file would keep them"


def named(name: str) -> Combiner:
    """Return the combiner of one of the `NAMED`, as it is before it is fitted."""
    if name in BASELINES:
        return BASELINES[name]()
    from ensemble.combiners.neural.combiner import Neural

    return Neural()


def _count(path: Path) -> int | None:
    """Return how many segments there are, if that can be told without taking any."""
    source = path / "source.txt" if path.is_dir() else path
    return count_lines(source) if source.is_file() else None
