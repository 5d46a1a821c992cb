"""Files and data sets of parallel text to records.

Every fault in what is read is a `DataError` that names the file and, where there is one, the
line.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.records import DataError, Segment
from evaluation.tabular import Columns

_SCORED = ("system", "segment", "score")


class Dataset(Protocol):
    """What is used of a `datasets.Dataset`."""

    column_names: list[str]

    def __iter__(self) -> Iterator[Mapping[str, Any]]: ...


def read_lines(path: Path | str) -> list[str]:
    r"""Return the lines of a UTF-8 text file, without their ends.

    Only `\n` (or `\r\n`) ends a line: the other separators that Unicode knows are text.

    Raises:
        DataError: the file cannot be read, or is not UTF-8.
    """
    return list(stream_lines(path))


def stream_lines(path: Path | str) -> Iterator[str]:
    """Yield what `read_lines` returns, a line at a time; it raises when it gets there."""
    for number, line in enumerate(_raw_lines(path), start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            found = error.object[error.start]
            raise DataError(path, number, f"byte 0x{found:02x} is not UTF-8") from None
        yield text.removesuffix("\n").removesuffix("\r")


def count_lines(path: Path | str) -> int:
    """Return how many lines `read_lines` would.

    Raises:
        DataError: the file cannot be read.
    """
    return sum(1 for _ in _raw_lines(path))


def _raw_lines(path: Path | str) -> Iterator[bytes]:
    try:
        with Path(path).open("rb") as file:
            yield from file
    except OSError as error:
        raise DataError(path, None, f"cannot be read: {error.strerror}") from None


def read_parallel(files: Sequence[Path]) -> list[list[str]]:
    """Return the lines of each of `files`.

    Raises:
        DataError: as `read_lines` says, or one has not as many lines as the first.
    """
    _check_lengths(files)
    return [read_lines(file) for file in files]


def _check_lengths(files: Sequence[Path]) -> None:
    lengths = [count_lines(file) for file in files]
    for file, length in zip(files, lengths, strict=True):
        if length != lengths[0]:
            what = f"{length} lines, but {files[0].name} has {lengths[0]}"
            raise DataError(file, None, what)


def read_outputs(path: Path, systems: Sequence[str] | None = None) -> list[Segment]:
    """Read what systems put out: a system folder, or a JSONL file.

    Raises:
        DataError: as `read_folder` and `read_jsonl` say.
        ValueError: `systems` are chosen from a JSONL file.
    """
    return list(stream_outputs(path, systems))


def stream_outputs(path: Path, systems: Sequence[str] | None = None) -> Iterator[Segment]:
    """Yield what `read_outputs` returns, a segment at a time.

    What a line holds is only looked at when it is reached; all else is checked first.
    """
    if path.is_dir() or path.suffix != ".jsonl":
        yield from _folder(path, systems)
        return
    if systems is not None:
        raise ValueError(f"{path.name}: systems are chosen from folders; of a file all are read")
    yield from _jsonl(path)


def read_folder(path: Path | str, systems: Sequence[str] | None = None) -> list[Segment]:
    """Read a system folder: `source.txt` and one `NAME.txt` per system, a segment a line.

    `target.txt` and `ref*.txt` are references; names that start with `_` are left out.
    `systems` chooses some, in that order; without it all are read, by name.

    Raises:
        DataError: a file is missing or as `read_lines` says, two disagree in length, or
            `systems` names one that is not there or the same one twice.
    """
    return list(_folder(Path(path), systems))


def _folder(folder: Path, systems: Sequence[str] | None) -> Iterator[Segment]:
    source = folder / "source.txt"
    others = sorted(file for file in folder.glob("*.txt") if file.name != source.name)
    references = [file for file in others if _is_reference(file.stem)]
    outputs = {
        file.stem: file
        for file in others
        if file not in references and not file.stem.startswith("_")
    }
    chosen = list(outputs if systems is None else systems)
    _check_names(folder, chosen, outputs)
    files = [source, *(outputs[name] for name in chosen), *references]
    _check_lengths(files)
    if not chosen:
        raise DataError(folder, None, "no system: there is no NAME.txt beside source.txt")
    for first, *rest in zip(*map(stream_lines, files), strict=True):
        yield Segment(first, dict(zip(chosen, rest, strict=False)), tuple(rest[len(chosen) :]))


def read_jsonl(path: Path | str) -> list[Segment]:
    """Read one JSON object a line: `{"source", "outputs": {name: text or null}, "references"?}`.

    Raises:
        DataError: as `read_lines` says, or a line is not such an object.
    """
    return list(_jsonl(path))


def _jsonl(path: Path | str) -> Iterator[Segment]:
    for number, line in enumerate(stream_lines(path), start=1):
        yield _segment(path, number, _Line.model_validate_json, line)


def read_scores(path: Path | str) -> dict[tuple[str, int], float]:
    """Read scores that people gave: CSV with the columns `system,segment,score`.

    Segments count from 1, higher is better. Rows may be missing, or without a score.

    Raises:
        DataError: a column is missing, or a row is not as it should be, or comes twice.
    """
    scores: dict[tuple[str, int], float] = {}
    for line, (system, segment, cell) in Columns(path, ",").select(_SCORED):
        try:
            number, score = _scored(segment, cell.strip())
        except ValueError as error:
            raise DataError(path, line, str(error)) from None
        if (system, number) in scores:
            raise DataError(path, line, f"{system} is scored twice on segment {number}")
        if score is not None:
            scores[system, number] = score
    return scores


def read_ratings(path: Path | str) -> list[tuple[str, float]]:
    """Read sentences and how people rated them: CSV with the columns `sentence,label`.

    Raises:
        DataError: a column or all rows are missing, or a row has an empty sentence or a label
            that is no finite number.
    """
    ratings = []
    for line, (sentence, label) in Columns(path, ",").select(["sentence", "label"]):
        try:
            ratings.append((sentence, _label(sentence, label)))
        except ValueError as error:
            raise DataError(path, line, str(error)) from None
    if not ratings:
        raise DataError(path, None, "holds no sentence")
    return ratings


def _label(sentence: str, label: str) -> float:
    if not sentence.strip():
        raise ValueError("the sentence is empty")
    return _number("label", label)


def _scored(segment: str, cell: str) -> tuple[int, float | None]:
    if not segment.strip().isdecimal() or int(segment) < 1:
        raise ValueError(f"segment {segment!r}: they are numbers from 1")
    return int(segment), _number("score", cell) if cell else None


def _number(what: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{what} {cell!r} is no number") from None
    if not isfinite(value):
        raise ValueError(f"{what} {cell!r} is no finite number")
    return value


def from_dataset(
    dataset: Dataset, source: str, systems: Sequence[str], references: Sequence[str] = ()
) -> list[Segment]:
    """Return the rows of a `datasets.Dataset`, given the columns that hold what.

    A column of references holds texts or lists of texts. A system's name is its column's.

    Raises:
        DataError: a column is missing, or a value is not text.
    """
    _check_names("dataset", [source, *systems, *references], dataset.column_names)
    return [
        _segment("dataset", number, _Line.model_validate, _fields(row, source, systems, references))
        for number, row in enumerate(dataset, start=1)
    ]


class _Line(BaseModel):
    """What a line of JSON, or a row of a data set, must hold."""

    model_config = ConfigDict(extra="forbid", strict=True)

    source: str
    outputs: dict[str, str | None]
    references: list[str] = []


def _segment(
    path: Path | str, number: int, read: Callable[[Any], _Line], content: object
) -> Segment:
    try:
        line = read(content)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise DataError(path, number, f"{where}: {fault['msg']}".removeprefix(": ")) from None
    return Segment(line.source, line.outputs, tuple(line.references))


def _fields(
    row: Mapping[str, Any], source: str, systems: Sequence[str], references: Sequence[str]
) -> dict[str, object]:
    texts: list[object] = []
    for name in references:
        texts += row[name] if isinstance(row[name], list) else [row[name]]
    outputs = {name: row[name] for name in systems}
    return {"source": row[source], "outputs": outputs, "references": texts}


def _is_reference(name: str) -> bool:
    return name == "target" or name.startswith("ref")


def _check_names(place: Path | str, chosen: Sequence[str], available: Iterable[str]) -> None:
    for name, times in Counter(chosen).items():
        if name not in available:
            known = ", ".join(available) or "none"
            raise DataError(place, None, f"no {name!r}; available: {known}")
        if times > 1:
            raise DataError(place, None, f"{name!r} is named {times} times; once is the limit")
