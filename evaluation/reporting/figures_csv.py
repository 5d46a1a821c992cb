"""All figures of a report as CSV, for spreadsheets and pandas."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from math import isnan
from typing import NamedTuple

from evaluation.reporting.table import Row

COLUMNS = (
    *("name", "level", "statistic", "value", "low", "high", "n"),
    *("group", "dimension", "p"),
)
"""The columns; a cell is empty where a figure is undefined or unknown."""


class Part(NamedTuple):
    """The rows of one group of segments and one dimension of judgements; both may be empty."""

    rows: Sequence[Row]
    group: str = ""
    dimension: str = ""


def figures_csv(parts: Iterable[Part]) -> str:
    """Return the rows of all parts as CSV with the headings `COLUMNS`; numbers in full."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for part in parts:
        writer.writerows(_cells(part, row) for row in part.rows)
    return text.getvalue()


def _cells(part: Part, row: Row) -> tuple[str, ...]:
    figures = row.value, row.low, row.high, row.n
    numbers = map(_number, figures)
    return row.name, row.level, row.statistic, *numbers, part.group, part.dimension, _number(row.p)


def _number(value: float | None) -> str:
    return "" if value is None or isnan(value) else repr(value)
