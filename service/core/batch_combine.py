"""Combines files of outputs of any size in chunks, for the command line and for jobs."""

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
from ensemble.combiners.registry import USUAL, create, scored
from ensemble.output_formats import OutputFormat
from evaluation.data.judge_scores import recused
from evaluation.data.layout import UNSTATED, Layout
from evaluation.data.readers import count_lines, stream_outputs, table_of
from evaluation.data.table_outputs import TableOutputs, is_column_folder
from evaluation.edits.types import Types
from evaluation.errors import InputError
from evaluation.records import Segment
from evaluation.reporting.table import Row, Table

if TYPE_CHECKING:
    from evaluation.execution.progress import Progress


@dataclass(frozen=True)
class Recipe:
    """The combiner, the systems to use, and the options of `consort combine`."""

    combiner: Combiner
    kind: Kind
    systems: Sequence[str] | None
    types: Types
    label_case: LabelCase = "keep"
    protect: bool = True
    recuse: bool = True
    layout: Layout = UNSTATED

    @classmethod
    def of(
        cls,
        combiner: Combiner | None,
        kind: Kind,
        systems: Sequence[str] | None = None,
        types: Types | None = None,
        label_case: LabelCase = "keep",
        protect: bool = True,
        recuse: bool = True,
        layout: Layout = UNSTATED,
    ) -> Self:
        """Return a recipe; by default with the usual combiner of `kind`, and the combiner's types.

        Raises:
            InputError: the combiner does not combine this kind or was trained on other types,
                or an option does not apply to the kind.
        """
        chosen = combiner or create(USUAL[kind])
        shown = chosen.types
        if kind == "edits" and types and shown and types != shown:
            raise InputError("invalid-option", f"this combiner was trained with --types {shown}")
        kind = kind_for(chosen, kind)
        check_label_case(label_case, kind)
        if not protect and kind != "edits":
            raise InputError("invalid-option", f"--no-protect applies to edits, not to {kind}")
        known_types = types or shown or "surface"
        return cls(chosen, kind, systems, known_types, label_case, protect, recuse, layout)

    @property
    def may_change_protected(self) -> Trusted:
        """Systems that may change addresses, code and mark-up: none of them, or all (`None`)."""
        return () if self.protect else None

    def read(self, folder: Path) -> Iterator[Segment]:
        """Yield the segments of a folder or a table, from the first."""
        is_edits, is_labels = self.kind == "edits", self.kind == "labels"
        segments = stream_outputs(folder, self.systems, is_edits, is_labels, self.layout)
        return recused(segments, self.recuse)

    def systems_in(self, folder: Path) -> tuple[str, ...]:
        """Return the systems of the first segment; an empty tuple without any segment."""
        first = next(self.read(folder), None)
        return tuple(first.hypotheses) if first else ()

    def inputs(self, folder: Path) -> list[Path]:
        """Return the folder, or the table, and the files in it that are read."""
        if is_column_folder(folder, self.layout):
            table = table_of(folder, self.layout)
            names = table.columns if isinstance(table, TableOutputs) else ()
            return [folder, *(folder / name for name in names)]
        read = ("source", *self.systems_in(folder))
        return [folder, *(folder / f"{name}{end}" for name in read for end in (".txt", ".csv"))]


Note = Callable[[str], None]
"""Called with each line of news for the user."""


def no_note(text: str) -> None:
    """Ignore the line."""


def kind_in(
    folder: Path,
    combiner: Combiner | None = None,
    systems: Sequence[str] | None = None,
    note: Note = no_note,
    option: str = "--kind",
    layout: Layout = UNSTATED,
) -> Kind:
    """Return the kind of the outputs: the only one of the combiner, or as recognised from texts.

    Raises:
        DataError: a file cannot be read.
        ValueError: the texts do not show their kind; the message names the `option` that gives it.
    """
    if combiner is not None and len(combiner.kinds) == 1:
        return combiner.kinds[0]
    outputs = stream_outputs(folder, systems, False, True, layout)
    recognised = recognise(outputs, option)
    if recognised.kind != "edits":
        note(f"note: combining {recognised.kind} ({recognised.why}); --kind overrides this")
    return recognised.kind


def columns_note(path: Path, layout: Layout = UNSTATED) -> str | None:
    """Return a sentence on which column of a table, or file of a folder, is taken as what.

    It is None for a system folder and JSON lines with `outputs`, in which that is always the same.

    Raises:
        DataError: the table cannot be read, or does not have the columns of the layout.
    """
    if path.is_dir() and not is_column_folder(path, layout):
        return None
    table = table_of(path, layout)
    return f"note: {table.note}" if isinstance(table, TableOutputs) else None


def check_label_case(label_case: LabelCase, kind: Kind) -> None:
    """Raise an `InputError` if the case of labels should be ignored and the kind is not labels."""
    if label_case != "keep" and kind != "labels":
        message = f"--label-case {label_case} applies to labels, not to {kind}"
        raise InputError("invalid-option", message)


def combine_files(
    folder: Path,
    files: Mapping[Path, OutputFormat],
    recipe: Recipe,
    progress: "Progress",
    note: Note = no_note,
) -> Table:
    """Combine the outputs in a folder or a table, a chunk at a time.

    Writes the combination to `files`, each in its format, and returns a table of counts. `note` is
    called about empty outputs, about texts whose line breaks became spaces, and with the remarks of
    the combiner.

    Raises:
        DataError: a file cannot be read.
        ValueError: a segment is too long.
        ImportError: an optional part is missing; the message names the extra.
    """
    kind, segments, systems = recipe.kind, _count(folder, recipe.layout), recipe.systems_in(folder)

    def read() -> Iterable[Segment]:
        return progress(recipe.read(folder), "Learning from all", segments)

    how = (recipe.label_case, recipe.may_change_protected)
    ready = fitted(recipe.combiner, kind, read, *how)
    for remark in ready.remarks:
        note(f"note: {remark}")
    parts = combine_chunks(ready, kind, recipe.types, files.values(), recipe.read(folder), *how)
    chunks = None if segments is None else -(-segments // CHUNK)
    made = write_parts(progress(parts, "Combining", chunks), files)
    figures = {"segments": made.figures["segments"], "systems": len(systems)}
    figures |= {what: made.figures[what] for what in ("candidates", "accepted")}
    rows = [Row(ready.name, "corpus", what, value) for what, value in figures.items()]
    rows += [Row(n, "corpus", "empty outputs", made.empty[n]) for n in systems if made.empty[n]]
    for text in _notes(made):
        note(text)
    if made.figures["scored"] and not ready.uses_scores:
        others = " or ".join(scored())
        note(f"note: {ready.name} does not use the scores of judges; use {others}")
    return Table(rows, signed(ready, kind) + ("" if recipe.protect else "|protect:no"))


def _notes(made: Totals) -> Iterator[str]:
    """Yield a line for each thing the user should know about the output."""
    for name, count in made.empty.items():
        yield f"note: {count} empty output{'s' * (count > 1)} of {name} counted as no answer"
    if made.broken:
        texts = "1 text" if made.broken == 1 else f"{made.broken} texts"
        yield f"note: line breaks in {texts} became spaces; a .jsonl file would keep them"


def _count(path: Path, layout: Layout) -> int | None:
    """Return the number of segments, if it can be counted without reading them."""
    if path.suffix == ".jsonl" and path.is_file():
        return count_lines(path)
    if path.is_file() or is_column_folder(path, layout):
        table = table_of(path, layout)
        return table.table.count if isinstance(table, TableOutputs) else table.count
    source = path / "source.txt"
    return count_lines(source) if source.is_file() else None
