"""Reads parallel text from system folders, JSONL files and data sets, and scores from CSV.

Every fault in the data is a `DataError` that names the file and, where there is one, the line.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, Protocol

from evaluation.data.class_probabilities import Output, are_probabilities, segment_of
from evaluation.data.json_lines import Line, parse_output, read, segments_of
from evaluation.data.judge_scores import chosen_scores, read_judges
from evaluation.data.probability_table import count_rows, is_table, read_table
from evaluation.records import DataError, Segment

_REFERENCE = re.compile(r"target|ref([._-]?\d+)?|reference.*")
"""File names of references; `refine` and `ref_model` are names of systems."""


class HuggingFaceDataset(Protocol):
    """The part of `datasets.Dataset` that is used."""

    column_names: list[str]

    def __iter__(self) -> Iterator[Mapping[str, Any]]: ...


def read_lines(path: Path | str) -> list[str]:
    r"""Return the lines of a UTF-8 text file, without their ends.

    Only `\n` (or `\r\n`) ends a line: the other line separators of Unicode are text.

    Raises:
        DataError: the file cannot be read, or is not UTF-8.
    """
    return list(stream_lines(path))


def stream_lines(path: Path | str) -> Iterator[str]:
    """Yield the lines that `read_lines` returns; a fault is raised when its line is reached."""
    for number, line in enumerate(_raw_lines(path), start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise DataError(path, number, f"byte 0x{byte:02x} is not UTF-8") from None
        yield text.removesuffix("\n").removesuffix("\r")


def count_lines(path: Path | str) -> int:
    """Return the number of lines in a file, as `read_lines` counts them.

    Raises:
        DataError: the file cannot be read.
    """
    return sum(1 for _ in _raw_lines(path))


def _raw_lines(path: Path | str) -> Iterator[bytes]:
    try:
        with Path(path).open("rb") as file:
            yield from file
    except OSError as error:
        raise DataError(
            path, None, f"cannot be read: {error.strerror}", "file-unreadable"
        ) from None


def read_parallel(files: Sequence[Path]) -> list[list[str]]:
    """Return the lines of each of `files`.

    Raises:
        DataError: as `read_lines`, or a file does not have as many lines as the first.
    """
    _check_lengths(files)
    return [read_lines(file) for file in files]


def _check_lengths(files: Sequence[Path]) -> int:
    """Return the number of segments in each of `files`."""
    lengths = [count_rows(file) if file.suffix == ".csv" else count_lines(file) for file in files]
    for file, length in zip(files, lengths, strict=True):
        if length != lengths[0]:
            parts = "rows below its headings" if file.suffix == ".csv" else "lines"
            raise DataError(file, None, f"{length} {parts}, but {files[0].name} has {lengths[0]}")
    return lengths[0] if lengths else 0


def read_outputs(
    path: Path,
    systems: Sequence[str] | None = None,
    needs_source: bool = True,
    may_be_labels: bool = False,
) -> list[Segment]:
    """Read the outputs of systems from a system folder or a JSONL file.

    Raises:
        DataError: as `stream_outputs`.
        ValueError: `systems` are chosen from a JSONL file.
    """
    return list(stream_outputs(path, systems, needs_source, may_be_labels))


def stream_outputs(
    path: Path,
    systems: Sequence[str] | None = None,
    needs_source: bool = True,
    may_be_labels: bool = False,
) -> Iterator[Segment]:
    """Yield the segments that `read_outputs` returns, one at a time.

    The content of a line is checked when it is reached, everything else before the first line.
    Where the outputs `may_be_labels`, a file in the folder may have class probabilities, as
    `evaluation.data.class_probabilities.are_probabilities` decides, and `NAME.csv` may be in place
    of `NAME.txt`, as `evaluation.data.probability_table.is_table` decides.

    Raises:
        DataError: as `read_folder` and `read_jsonl`, or `path` is neither.
        ValueError: `systems` are chosen from a JSONL file.
    """
    if path.suffix.lower() == ".jsonl" and not path.is_dir():
        if systems is not None:
            raise ValueError(f"{path.name}: systems can be chosen in a folder only, not in a file")
        yield from segments_of(path, stream_lines(path), needs_source)
    elif path.is_dir():
        yield from _folder(path, systems, needs_source, may_be_labels)
    else:
        fault = "has another format" if path.exists() else "does not exist"
        raise DataError(path, None, f"{fault}; {READABLE} can be read")


READABLE = "a folder with source.txt and one NAME.txt per system, or a .jsonl file"


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
    references = [file for file in others if _REFERENCE.fullmatch(file.stem)]
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
    segments = _check_lengths(files)
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
    return list(segments_of(path, stream_lines(path), needs_source))


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
