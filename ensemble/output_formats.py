"""The file formats of combinations, written piece by piece: text, JSON lines, Parquet, CSV."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ensemble.decoding.decode import Combination
from evaluation.data.writers import writing

if TYPE_CHECKING:
    from pyarrow import RecordBatch, Schema

OutputFormat = Literal["text", "texts-csv", "jsonl", "parquet", "csv"]
"""The text alone, one a line or a row; or text and candidates, as JSON lines or rows."""

CANDIDATE = (
    *("start", "end", "offset", "length", "original", "replacement", "type", "voters"),
    *("probability", "accepted", "reason", "tied", "note", "levels"),
)
"""The columns of a candidate in CSV, after those of its segment."""

_HEADINGS: dict[OutputFormat, tuple[str, ...]] = {
    "texts-csv": ("segment", "text"),
    "csv": ("segment", "text", "backbone", "calibrated", *CANDIDATE),
}

_BREAK = re.compile(r"\r\n|\n|\r")

_FORMATS: dict[str, OutputFormat] = {
    ".jsonl": "jsonl",
    ".parquet": "parquet",
    ".csv": "texts-csv",
}


def format_of(path: Path) -> OutputFormat:
    """Return the format of an output by its file name's suffix; text for an unknown suffix."""
    return _FORMATS.get(path.suffix.lower(), "text")


def evidence_format_of(path: Path) -> OutputFormat:
    """Return the format of a file of evidence by its suffix; JSON lines for an unknown one."""
    with_candidates: dict[OutputFormat, OutputFormat] = {"texts-csv": "csv", "text": "jsonl"}
    form = format_of(path)
    return with_candidates.get(form, form)


def render(
    form: OutputFormat, combined: Sequence[Combination], first: int = 1
) -> "bytes | RecordBatch":
    """Return the piece that `opened` writes for some combinations in a row.

    The first of them is segment number `first`.
    """
    if form == "parquet":
        from pyarrow import RecordBatch

        return RecordBatch.from_pylist(
            [combination.evidence() for combination in combined], schema=_schema()
        )
    if form in _HEADINGS:
        texts_alone = form == "texts-csv"
        pieces = enumerate(combined, start=first)
        return _csv(row for n, piece in pieces for row in _rows(n, piece, texts_alone))
    lines = (
        line_of(combination)
        if form == "text"
        else json.dumps(combination.evidence(), ensure_ascii=False)
        for combination in combined
    )
    return "".join(line + "\n" for line in lines).encode("utf-8")


def _rows(number: int, combination: Combination, text_alone: bool) -> Iterator[list[object]]:
    """Yield the rows of segment `number` in CSV: one, or one for each candidate if there are any.

    No text, no value and no candidate are empty cells.
    """
    if text_alone:
        yield [number, combination.text]
        return
    start = [number, combination.text, combination.backbone, combination.calibrated]
    for decision in combination.decisions:
        fields = decision.evidence()
        cells = (fields.get(name) for name in CANDIDATE)
        yield [*start, *("; ".join(cell) if isinstance(cell, list) else cell for cell in cells)]
    if not combination.decisions:
        yield [*start, *([None] * len(CANDIDATE))]


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def line_of(combination: Combination) -> str:
    """Return the text as one line of a file: line breaks become spaces; no text, an empty line."""
    return _BREAK.sub(" ", combination.text or "")


def has_break(combination: Combination) -> bool:
    """Return whether the text has several lines, so that `line_of` changes it."""
    return _BREAK.search(combination.text or "") is not None


@contextmanager
def opened(path: Path, form: OutputFormat) -> Iterator[Callable[[Any], object]]:
    """Open a file, and give a function that writes rendered pieces; the file appears at the end.

    If writing fails, an existing file stays as it was. In Parquet each piece is a row group.
    """
    # `writing` replaces the file only when the block ends without an error.
    with writing(path) as file:
        if form != "parquet":
            if form in _HEADINGS:
                file.write(_csv([_HEADINGS[form]]))
            yield file.write
            return
        from pyarrow.parquet import ParquetWriter

        with ParquetWriter(file, _schema()) as writer:
            yield writer.write_batch


def _schema() -> "Schema":
    import pyarrow as pa

    numbers = ("start", "end", "offset", "length")
    candidate = pa.struct(
        [
            *((name, pa.int64()) for name in numbers),
            ("original", pa.string()),
            ("replacement", pa.string()),
            ("type", pa.string()),
            ("voters", pa.list_(pa.string())),
            ("probability", pa.float64()),
            ("accepted", pa.bool_()),
            ("reason", pa.string()),
            ("tied", pa.bool_()),
            ("note", pa.string()),
            ("levels", pa.list_(pa.string())),
        ]
    )
    texts = [(name, pa.string()) for name in ("text", "backbone")]
    others = [("calibrated", pa.bool_()), ("candidates", pa.list_(candidate))]
    return pa.schema([*texts, *others])
