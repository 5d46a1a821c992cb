"""Turns the data that Python users have into segments: frames, data sets, dictionaries, paths."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from ensemble.candidates import Kind
from evaluation.data.json_lines import Line, read
from evaluation.data.layout import Layout
from evaluation.data.readers import stream_outputs
from evaluation.data.rows import segments_of_rows
from evaluation.data.table_outputs import is_column_folder
from evaluation.errors import DataError, InputError
from evaluation.records import Segment

KNOWN = (
    "a pandas DataFrame, a datasets.Dataset, a dict of lists, a list of dicts or of Segments,"
    " an array of labels, or the path of a folder or file"
)
"""The forms that data may have."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with named columns; `place` names the table in errors."""

    place: str
    names: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]

    def segments(self, layout: Layout) -> Iterator[Segment]:
        """Yield the segment in each row, by the columns that `layout` chooses.

        A table with a column `outputs` of dictionaries has the form of a JSONL file.

        Raises:
            DataError: a column is not there, or a cell has a value that it may not have.
        """
        if self._is_nested and not layout.outputs:
            for number, row in enumerate(self.rows, start=1):
                yield read(self.place, number, Line.model_validate, _line(row))
        else:
            roles = layout.roles(self.place, self.names)
            yield from segments_of_rows(self.place, map(_plain_row, self.rows), roles)

    @property
    def _is_nested(self) -> bool:
        return bool(self.rows) and isinstance(self.rows[0].get("outputs"), Mapping)


def segments_in(data: object, layout: Layout, kind: Kind | None = None) -> Iterable[Segment]:
    """Return the segments in `data`, which has one of the forms of `KNOWN`.

    Those of a path are read while they are taken, those of anything else are a list. Where `kind`
    is known, a folder is read as `consort combine --kind` reads it.

    Raises:
        DataError: a file cannot be read, a column is not there, or a cell has a wrong value.
        InputError: `data` has another form, or columns are chosen where there are none.
    """
    if isinstance(data, str | os.PathLike):
        return _segments_at(Path(data), layout, kind)
    if isinstance(data, Sequence) and all(isinstance(item, Segment) for item in data):
        return list(data)
    return list(table_of(data).segments(layout))


def table_of(data: object) -> Table:
    """Return the rows and columns of `data`.

    Raises:
        InputError: it is not a table.
    """
    if is_frame(data):
        return _of_frame(data)
    if hasattr(data, "column_names"):
        return _of_dataset(data)
    if isinstance(data, Mapping):
        return _of_columns(data)
    if isinstance(data, np.ndarray):
        return _of_array(data)
    if isinstance(data, Sequence) and all(isinstance(row, Mapping) for row in data):
        names = dict.fromkeys(chain.from_iterable(data))
        rows = [{name: row.get(name) for name in names} for row in data]
        return Table("list", _texts(names), rows)
    raise InputError("invalid-data", f"data of the type {type(data).__name__}; give {KNOWN}")


def plain(value: object) -> object:
    """Return a cell as a value of Python itself; a whole number is an integer, in any type.

    Integers are floats where pandas has a column with missing values. Booleans are the labels
    `True` and `False`.
    """
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):  # class probabilities; data sets have None for absent classes
        return {str(key): item for key, item in value.items() if item is not None}
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and isfinite(value) and value.is_integer():
        return int(value)
    return value


def names_in(wish: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the names or patterns in an option that takes one or several."""
    return (wish,) if isinstance(wish, str) else tuple(wish or ())


def _segments_at(path: Path, layout: Layout, kind: Kind | None) -> Iterator[Segment]:
    # The outputs of a system folder are its systems, by name; those of a table are columns.
    patterns = tuple(name for name in layout.outputs if "*" in name or "?" in name)
    needs_source, may_be_labels = kind == "edits", kind in (None, "labels")
    if path.is_dir() and not is_column_folder(path, replace(layout, outputs=patterns)):
        systems = list(layout.outputs) or None
        return stream_outputs(path, systems, needs_source, may_be_labels)
    return stream_outputs(path, None, needs_source, may_be_labels, layout)


def is_frame(data: object) -> bool:
    """Return whether `data` is a `DataFrame` of pandas, which is not imported for this."""
    return hasattr(data, "columns") and hasattr(data, "iloc")


def _of_frame(frame: Any) -> Table:  # noqa: ANN401 - pandas has no types
    names = list(frame.columns)
    cells = frame.astype(object).where(frame.notna(), None).to_numpy()
    columns = _texts(names)
    return Table("DataFrame", columns, [dict(zip(columns, row, strict=True)) for row in cells])


def _of_dataset(dataset: Any) -> Table:  # noqa: ANN401 - datasets has no types
    names = dataset.column_names
    if isinstance(names, Mapping):
        splits = ", ".join(map(str, names))
        raise InputError("invalid-data", f"a data set with splits; choose one of {splits}")
    rows = list(dataset)
    return Table("dataset", tuple(names or dict.fromkeys(chain.from_iterable(rows))), rows)


def _of_columns(columns: Mapping[Any, Any]) -> Table:
    sizes = {name: len(_column(name, values)) for name, values in columns.items()}
    first = next(iter(sizes), None)
    for name, size in sizes.items():
        if size != sizes[first]:
            fault = f"the column {name!r} has {size} values, but {first!r} has {sizes[first]}"
            raise DataError("dict", None, fault)
    names = _texts(sizes)
    rows = zip(*columns.values(), strict=True)
    return Table("dict", names, [dict(zip(names, row, strict=True)) for row in rows])


def _column(name: object, values: Any) -> Any:  # noqa: ANN401
    if isinstance(values, str | Mapping) or not hasattr(values, "__len__"):
        fault = f"the column {name!r} is a {type(values).__name__}; it should be a list"
        raise DataError("dict", None, fault)
    return values


def _of_array(array: np.ndarray[Any, Any]) -> Table:
    if array.ndim != 2:
        fault = f"has {array.ndim} dimensions; it should have 2: samples and systems"
        raise DataError("array", None, fault)
    names = tuple(f"x{i}" for i in range(array.shape[1]))
    return Table("array", names, [dict(zip(names, row, strict=True)) for row in array])


def _texts(names: Iterable[object]) -> tuple[str, ...]:
    return tuple(map(str, names))


def _plain_row(row: Mapping[str, Any]) -> dict[str, object]:
    return {str(name): plain(value) for name, value in row.items()}


def _line(row: Mapping[str, Any]) -> dict[str, object]:
    """Return a row without the columns that a line of JSONL does not have, and without blanks."""
    return {key: row[key] for key in Line.model_fields if row.get(key) is not None}
