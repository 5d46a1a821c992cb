"""Reads the class probabilities of a system from CSV: a column per class, a row per segment."""

from collections.abc import Iterator, Sequence
from itertools import compress, islice
from math import isnan
from pathlib import Path

from evaluation.data.class_probabilities import Output, check
from evaluation.data.numbers import COMMA, PLAIN
from evaluation.data.tabular import Columns
from evaluation.errors import InputError
from evaluation.records import DataError, Distribution

_NOT_SYSTEMS = ("judges", "scores")
_FIRST = 10  # rows, one of which must have numbers from 0 to 1 only


def is_table(path: Path) -> bool:
    """Return whether a CSV file in a system folder is a system's: see `_FIRST`.

    Scores, ratings and other tables may be in the folder too.
    """
    if path.stem.startswith("_") or path.stem in _NOT_SYSTEMS:
        return False
    try:
        rows = list(islice(_named_cells(Columns(path)), _FIRST))
    except DataError:
        return False
    return any(map(_are_shares, rows))


def _named_cells(columns: Columns) -> Iterator[list[str]]:
    """Yield the cells of each row that have a heading."""
    has_name = [bool(heading.strip()) for heading in columns.headings]
    for _, cells in columns.rows():
        yield list(compress(cells, has_name))


def _are_shares(cells: Sequence[str]) -> bool:
    # With a decimal comma too, so that it is an error where the table is read.
    numbers = COMMA if any("," in cell for cell in cells) else PLAIN
    try:
        return bool(cells) and all(0 <= numbers.parse(cell, "") <= 1 for cell in cells)
    except InputError:
        return False


def read_table(path: Path) -> Iterator[Output]:
    """Yield the probability of each class for each segment; an empty text for missing numbers.

    Raises:
        DataError: the file cannot be read, has a class twice, a row of another length, a cell that
            is not a number from 0 to 1, or a row whose numbers sum to 0 or to more than 1.
    """
    columns = Columns(path)
    for line, cells in columns.select(columns.names, blank_rows=True):
        try:
            yield _distribution(columns.names, cells) if _has_numbers(cells) else ""
        except InputError as error:
            raise DataError(path, line, str(error), error.code) from None


def _has_numbers(cells: Sequence[str]) -> bool:
    return not all(cell.strip() in PLAIN.missing for cell in cells)


def _distribution(classes: Sequence[str], cells: Sequence[str]) -> Distribution:
    """Return the probability of each class in a row.

    Raises:
        InputError: a cell is not a number, or `check` refuses the numbers.
    """
    probabilities: dict[str, object] = {}
    for label, cell in zip(classes, cells, strict=True):
        share = PLAIN.parse(cell, f"{label}: probability")
        if isnan(share):
            raise InputError("invalid-data", f"{label}: probability {cell!r} is not a number")
        probabilities[label] = share
    return check(probabilities)


def count_rows(path: Path) -> int:
    """Return the number of segments in the table.

    Raises:
        DataError: the file cannot be read, or a row has another length than the headings.
    """
    columns = Columns(path)
    return sum(1 for _ in columns.select(columns.names, blank_rows=True))
