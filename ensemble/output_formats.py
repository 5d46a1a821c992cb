"""The file formats of combinations, written piece by piece: text, JSON lines, Parquet."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ensemble.decoding.decode import Combination
from evaluation.data.writers import writing

if TYPE_CHECKING:
    from pyarrow import RecordBatch, Schema

OutputFormat = Literal["text", "jsonl", "parquet"]
"""The text alone, one a line; or text and candidates, as JSON lines or as Parquet rows."""

_BREAK = re.compile(r"\r\n|\n|\r")

_FORMATS: dict[str, OutputFormat] = {".jsonl": "jsonl", ".parquet": "parquet"}


def format_of(path: Path) -> OutputFormat:
    """Return the format of a file name's suffix; text for an unknown suffix."""
    return _FORMATS.get(path.suffix, "text")


def render(form: OutputFormat, combined: Sequence[Combination]) -> "bytes | RecordBatch":
    """Return the piece that `opened` writes for some combinations in a row."""
    if form == "parquet":
        from pyarrow import RecordBatch

        return RecordBatch.from_pylist(
            [combination.evidence() for combination in combined], schema=_schema()
        )
    lines = (
        line_of(combination)
        if form == "text"
        else json.dumps(combination.evidence(), ensure_ascii=False)
        for combination in combined
    )
    return "".join(line + "\n" for line in lines).encode("utf-8")


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
