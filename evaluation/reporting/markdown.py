"""Tables and text of users as Markdown."""

from collections.abc import Iterable, Sequence
from math import isnan

from evaluation.reporting.table import Row


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table as lines of Markdown, all its text escaped."""
    lines = [f"| {' | '.join(map(escaped, heads))} |", "|" + " --- |" * len(heads)]
    return lines + [f"| {' | '.join(map(escaped, row))} |" for row in rows]


def markdown_rows(rows: Iterable[Row]) -> list[str]:
    """Return all figures as a Markdown table, one a line."""
    heads = ("name", "level", "statistic", "value", "95% interval", "n")
    return markdown_table(heads, map(_cells, rows))


def figure(value: float, decimals: int = 3) -> str:
    """Return a figure, or a dash for NaN, which the data do not define."""
    return "–" if isnan(value) else f"{value:.{decimals}f}"


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_|<>[]#" else letter for letter in line)


def _cells(row: Row) -> tuple[str, ...]:
    bounds = "" if row.low is None or row.high is None else f"{row.low:.3f} to {row.high:.3f}"
    n = "" if row.n is None else str(row.n)
    return row.name, row.level, row.statistic, figure(row.value), bounds, n
