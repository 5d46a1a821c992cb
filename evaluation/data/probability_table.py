"""Reads the class probabilities of a system from CSV: a column per class, a row per segment."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from evaluation.data.class_probabilities import Output, check
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
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(islice(csv.reader(file), 1, 1 + _FIRST))
    except (OSError, ValueError, csv.Error):
        return False
    return any(map(_are_shares, rows))


def _are_shares(cells: Sequence[str]) -> bool:
    try:
        return bool(cells) and all(0 <= float(cell) <= 1 for cell in cells)
    except ValueError:
        return False


def read_table(path: Path) -> Iterator[Output]:
    """Yield the probability of each class for each segment; an empty text for empty cells.

    Raises:
        DataError: the file cannot be read, has a class twice, a row of another length, a cell that
            is not a number from 0 to 1, or a row whose numbers sum to 0 or to more than 1.
    """
    columns = Columns(path)
    for line, cells in columns.select(columns.headings):
        try:
            yield _distribution(columns.headings, cells) if any(map(str.strip, cells)) else ""
        except InputError as error:
            raise DataError(path, line, str(error), error.code) from None


def _distribution(classes: Sequence[str], cells: Sequence[str]) -> Distribution:
    """Return the probability of each class in a row.

    Raises:
        InputError: a cell is not a number, or `check` refuses the numbers.
    """
    probabilities: dict[str, object] = {}
    for label, cell in zip(classes, cells, strict=True):
        try:
            probabilities[label] = float(cell)
        except ValueError:
            fault = f"gives {label!r} the probability {cell!r}, which is not a number"
            raise InputError("invalid-data", fault) from None
    return check(probabilities)


def count_rows(path: Path) -> int:
    """Return the number of segments in the table.

    Raises:
        DataError: the file cannot be read, or a row has another length than the headings.
    """
    columns = Columns(path)
    return sum(1 for _ in columns.select(columns.headings))
