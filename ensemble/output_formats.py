"""The forms that combinations are written in, piece by piece: text, JSON lines, Parquet."""

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

Form = Literal["text", "jsonl", "parquet"]
"""The text alone, one a line; or with it every candidate: an object a line, or a row each."""

_BREAK = re.compile(r"\r\n|\n|\r")

_FORMS: dict[str, Form] = {".jsonl": "jsonl", ".parquet": "parquet"}


def form_of(path: Path) -> Form:
    """Return the form that a file's ending asks for: text, where it asks for none."""
    return _FORMS.get(path.suffix, "text")


def render(form: Form, combined: Sequence[Combination]) -> "bytes | RecordBatch":
    """Return what `opened` writes of some combinations in a row."""
    if form == "parquet":
        from pyarrow import RecordBatch

        return RecordBatch.from_pylist([one.evidence() for one in combined], schema=_schema())
    lines = (
        line_of(one) if form == "text" else json.dumps(one.evidence(), ensure_ascii=False)
        for one in combined
    )
    return "".join(line + "\n" for line in lines).encode("utf-8")


def line_of(combination: Combination) -> str:
    """Return the text as one line of a file: a space for each line break, nothing for no text."""
    return _BREAK.sub(" ", combination.text or "")


def has_break(combination: Combination) -> bool:
    """Return whether the text is of several lines, so that `line_of` changes it."""
    return _BREAK.search(combination.text or "") is not None


@contextmanager
def opened(path: Path, form: Form) -> Iterator[Callable[[Any], object]]:
    """Give what writes pieces that were rendered to a file, whole in the end or not at all.

    In Parquet each piece is a row group.
    """
    with writing(path) as file:
        if form != "parquet":
            yield file.write
            return
        from pyarrow.parquet import ParquetWriter

        with ParquetWriter(file, _schema()) as writer:
            yield writer.write_batch


def _schema() -> "Schema":
    import pyarrow as pa

    whole = ("start", "end", "offset", "length")
    candidate = pa.struct(
        [
            *((name, pa.int64()) for name in whole),
            ("original", pa.string()),
            ("replacement", pa.string()),
            ("type", pa.string()),
            ("voters", pa.list_(pa.string())),
            ("probability", pa.float64()),
            ("accepted", pa.bool_()),
            ("reason", pa.string()),
            ("tied", pa.bool_()),
            ("note", pa.string()),
        ]
    )
    return pa.schema([("text", pa.string()), ("candidates", pa.list_(candidate))])
