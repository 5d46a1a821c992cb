"""Reads the segment in each row of a table, by what its columns are."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from evaluation.data.class_probabilities import Output, read_output, segment_of
from evaluation.data.layout import Roles
from evaluation.errors import InputError
from evaluation.records import DataError, Segment


def segments_of_rows(
    place: Path | str, rows: Iterable[Mapping[str, Any]], roles: Roles, first: int = 1
) -> Iterator[Segment]:
    """Yield the segment in each row of the table `place`; the first row is number `first`.

    An output is a text, a label as a whole number, class probabilities as `{label: probability}`,
    or missing: `None` or NaN.

    Raises:
        DataError: a cell has another value; the row and the column are named.
    """
    for number, row in enumerate(rows, start=first):
        yield segment_of_row(place, number, row, roles)


def segment_of_row(place: Path | str, number: int, row: Mapping[str, Any], roles: Roles) -> Segment:
    """Return the segment in row or line `number` of the table `place`; as `segments_of_rows`."""
    source = _text(place, number, roles.source, row) if roles.source else ""
    outputs = {name: _output(place, number, column, row) for name, column in roles.outputs.items()}
    references = tuple(
        text for name in roles.references for text in _references(place, number, name, row)
    )
    try:
        return segment_of(source, outputs, references, roles.source is not None)
    except InputError as error:
        raise DataError(place, number, str(error)) from None


def is_missing(value: object) -> bool:
    """Return whether a cell has no value: `None`, or NaN as pandas has it."""
    return value is None or (isinstance(value, float) and value != value)


def _text(place: Path | str, number: int, column: str, row: Mapping[str, Any]) -> str:
    value = _whole(row[column])
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    kind = "missing" if is_missing(value) else f"{value!r:.80}"
    raise DataError(place, number, f"{column} is {kind}; it should be a text")


def _output(place: Path | str, number: int, column: str, row: Mapping[str, Any]) -> Output | None:
    value = _whole(row[column])
    try:
        return None if is_missing(value) else read_output(value)
    except InputError as error:
        fault = str(error)
        if not isinstance(value, Mapping):
            fault = f"{value!r:.80} is not a text; for labels, a whole number or an object of"
            fault += " probabilities can be read too"
        raise DataError(place, number, f"{column}: {fault}") from None


def _whole(value: object) -> object:
    """Return a float that is whole as an integer: pandas has floats in columns with gaps."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _references(
    place: Path | str, number: int, column: str, row: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the references in a cell: texts or labels, one or a list, without missing ones."""
    value = row[column]
    several = value if isinstance(value, list | tuple) else [value]
    for item in several:
        if not is_missing(item):
            yield _text(place, number, column, {column: item})
