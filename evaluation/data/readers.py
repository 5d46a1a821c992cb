"""Reads parallel text from system folders, JSONL files and data sets, and scores from CSV.

Every fault in the data is a `DataError` that names the file and, where there is one, the line.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, Protocol

from evaluation.data.class_probabilities import Output, are_probabilities, segment_of
from evaluation.data.file_tables import REFERENCE
from evaluation.data.json_lines import Line, parse_output, read
from evaluation.data.json_tables import JsonTable, nested_segments
from evaluation.data.judge_scores import chosen_scores, read_judges
from evaluation.data.layout import UNSTATED, Layout
from evaluation.data.lines import (
    check_lengths,
    count_lines,
    read_lines,
    read_parallel,
    stream_lines,
)
from evaluation.data.probability_table import is_table, read_table
from evaluation.data.table_outputs import TableOutputs, is_column_folder
from evaluation.data.tables import open_table
from evaluation.records import DataError, Segment

__all__ = [
    "HuggingFaceDataset",
    "count_lines",
    "from_dataset",
    "read_folder",
    "read_jsonl",
    "read_lines",
    "read_outputs",
    "read_parallel",
    "source_of",
    "stream_lines",
    "stream_outputs",
    "table_of",
]


class HuggingFaceDataset(Protocol):
    """The part of `datasets.Dataset` that is used."""

    column_names: list[str]

    def __iter__(self) -> Iterator[Mapping[str, Any]]: ...


def read_outputs(
    path: Path,
    systems: Sequence[str] | None = None,
    needs_source: bool = True,
    may_be_labels: bool = False,
    layout: Layout = UNSTATED,
) -> list[Segment]:
    """Read the outputs of systems from a system folder or a table.

    Raises:
        DataError: as `stream_outputs`.
    """
    return list(stream_outputs(path, systems, needs_source, may_be_labels, layout))


def stream_outputs(
    path: Path,
    systems: Sequence[str] | None = None,
    needs_source: bool = True,
    may_be_labels: bool = False,
    layout: Layout = UNSTATED,
) -> Iterator[Segment]:
    """Yield the segments that `read_outputs` returns, one at a time.

    The content of a line is checked when it is reached, everything else before the first line.
    Where the outputs `may_be_labels`, a file in the folder may have class probabilities, as
    `evaluation.data.class_probabilities.are_probabilities` decides, and `NAME.csv` may be in place
    of `NAME.txt`, as `evaluation.data.probability_table.is_table` decides. Of a table, `layout`
    says which columns are what; of a folder, which files are, as if they were columns.

    Raises:
        DataError: as `read_folder`, `TableOutputs` and `nested_segments`, or `path` is neither.
    """
    if path.is_dir() and not is_column_folder(path, layout):
        yield from _folder(path, systems, needs_source, may_be_labels)
        return
    table = table_of(path, layout)
    if isinstance(table, JsonTable):
        yield from nested_segments(table, layout, systems, needs_source)
    else:
        yield from table.segments(systems, needs_source, may_be_labels)


def table_of(path: Path, layout: Layout) -> TableOutputs | JsonTable:
    """Return the table in a file or folder, or JSON objects that each have `outputs` in one object.

    Raises:
        DataError: it cannot be read, or does not have the columns of the layout.
    """
    if path.is_dir():
        return TableOutputs.of_folder(path, layout)
    table = open_table(path)
    if isinstance(table, JsonTable) and table.is_nested:
        return table
    return TableOutputs(table, layout.roles(path, table.names))


def read_folder(
    path: Path | str, systems: Sequence[str] | None = None, needs_source: bool = True
) -> list[Segment]:
    """Read a system folder: `source.txt` and one `NAME.txt` per system, a segment a line.

    `target.txt`, `ref.txt`, `ref0.txt`, `ref.1.txt`, `ref_2.txt`, `ref-3.txt` and
    `reference*.txt` are references; names that start with `_` are left out. `judges.csv`, where
    there is one, has scores of the outputs: see `evaluation.data.judge_scores.read_judges`.

    Args:
        path: the folder.
        systems: the systems to read, in this order; by default all, sorted by name.
        needs_source: whether `source.txt` must be there; without it every source is empty.

    Raises:
        DataError: as `read_lines` and `read_judges`; a file is missing, two files differ in
            length, or `systems` names an unknown system or one twice.
    """
    return list(_folder(Path(path), systems, needs_source))


def source_of(folder: Path) -> Path:
    """Return the path of the sources in a system folder, whether the file exists or not."""
    return folder / "source.txt"


def _folder(
    folder: Path, systems: Sequence[str] | None, needs_source: bool, may_be_labels: bool = False
) -> Iterator[Segment]:
    source = source_of(folder)
    others = sorted(file for file in folder.glob("*.txt") if file.name != source.name)
    references = [file for file in others if REFERENCE.fullmatch(file.stem)]
    outputs = {
        file.stem: file
        for file in others
        if file not in references and not file.stem.startswith("_")
    }
    if may_be_labels:
        outputs = dict(sorted((outputs | _tables(folder, outputs)).items()))
    chosen = list(outputs if systems is None else systems)
    _check_names(folder, chosen, outputs)
    if needs_source and folder.is_dir() and not source.exists():
        fault = "is not there: outputs that are edits need the texts that they change"
        raise DataError(source, None, fault, "file-unreadable")
    has_source = needs_source or source.exists()
    files = [*([source] if has_source else []), *(outputs[n] for n in chosen), *references]
    segments = check_lengths(files)
    if not chosen:
        raise DataError(folder, None, "has no system: no NAME.txt beside source.txt")
    sources = stream_lines(source) if has_source else repeat("")
    rows = zip(*(_stream_outputs(outputs[name], may_be_labels) for name in chosen), strict=True)
    texts = zip(*map(stream_lines, references), strict=True) if references else repeat(())
    judged = read_judges(folder, outputs, segments)
    for number, (first, row, some) in enumerate(zip(sources, rows, texts, strict=False), start=1):
        scores = chosen_scores(judged.get(number, {}), chosen)
        given = dict(zip(chosen, row, strict=True))
        yield segment_of(first, given, some, has_source, scores=scores)


def _tables(folder: Path, texts: Mapping[str, Path]) -> dict[str, Path]:
    """Return the tables of class probabilities in the folder, by system.

    Raises:
        DataError: a system has one of the `texts`, too.
    """
    tables = {file.stem: file for file in folder.glob("*.csv") if is_table(file)}
    for name in tables.keys() & texts.keys():
        fault = f"is a second file of {name} beside {texts[name].name}; remove one of them"
        raise DataError(tables[name], None, fault)
    return tables


def _stream_outputs(path: Path, may_be_labels: bool) -> Iterator[Output | None]:
    """Return the outputs of one system."""
    if path.suffix == ".csv":
        return read_table(path)
    lines = stream_lines(path)
    if may_be_labels and are_probabilities(stream_lines(path)):
        return (parse_output(path, number, line) for number, line in enumerate(lines, start=1))
    return iter(lines)


def read_jsonl(path: Path | str, needs_source: bool = True) -> list[Segment]:
    """Read one JSON object a line: `{"source", "outputs": {name: text or null}}`.

    It may have `references`, a list, or `reference`, a text; the `scores` of judges, `{judge:
    {system: number}}`; and an `id`, which is not used.
    Blank lines at the end are skipped.

    Raises:
        DataError: as `read_lines`, or a line is not such an object or has a key twice.
    """
    return list(nested_segments(JsonTable(Path(path)), UNSTATED, None, needs_source))


def from_dataset(
    dataset: HuggingFaceDataset,
    source: str,
    systems: Sequence[str],
    references: Sequence[str] = (),
) -> list[Segment]:
    """Return the rows of a `datasets.Dataset` as segments.

    Args:
        dataset: the data set.
        source: the column of sources.
        systems: the columns of outputs; a column's name is the system's.
        references: the columns of references, each with texts or lists of texts.

    Raises:
        DataError: a column is missing, or a value is not text.
    """
    _check_names("dataset", [source, *systems, *references], dataset.column_names)
    return [
        read("dataset", number, Line.model_validate, _fields(row, source, systems, references))
        for number, row in enumerate(dataset, start=1)
    ]


def _fields(
    row: Mapping[str, Any], source: str, systems: Sequence[str], references: Sequence[str]
) -> dict[str, object]:
    texts: list[object] = []
    for name in references:
        texts += row[name] if isinstance(row[name], list) else [row[name]]
    outputs = {name: row[name] for name in systems}
    return {"source": row[source], "outputs": outputs, "references": texts}


def _check_names(place: Path | str, chosen: Sequence[str], available: Iterable[str]) -> None:
    for name, times in Counter(chosen).items():
        if name not in available:
            listed = ", ".join(available) or "none"
            raise DataError(place, None, f"no {name!r}; available: {listed}")
        if times > 1:
            raise DataError(place, None, f"{name!r} is named {times} times; once is the limit")
