"""All figures of a table as LaTeX, for `booktabs`: a row for each name, a column a statistic."""

from collections.abc import Iterator, Sequence
from math import isnan

from evaluation.reporting.latex import latex_escaped, latex_slug, with_intervals
from evaluation.reporting.table import Row, Table

Column = tuple[str, str]
"""The level and the statistic."""


def latex_rows(table: Table, title: str) -> str:
    """Return the figures of all names by statistic, intervals below them in small type.

    Where there are several levels, headings name them. Of two figures of the same name
    and statistic, as of a metric with two references, each has a line.
    """
    columns = list(dict.fromkeys((row.level, row.statistic) for row in table.rows))
    lines = [
        "% Needs \\usepackage{booktabs}. Made by Consort:",
        f"% {' '.join(table.signature.split())}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{latex_escaped(title)}{_with_intervals(table.rows)}.}}",
        rf"\label{{tab:{latex_slug(title)}}}",
        rf"\begin{{tabular}}{{l{'r' * len(columns)}}}",
        r"\toprule",
        rf"name & {' & '.join(_headings(columns))} \\",
        r"\midrule",
        *_lines(table.rows, columns),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _with_intervals(rows: Sequence[Row]) -> str:
    has_any = any(row.low is not None for row in rows)
    return r", with 95\% intervals in small type" if has_any else ""


def _headings(columns: Sequence[Column]) -> Iterator[str]:
    is_named = len({level for level, _ in columns}) > 1
    for level, statistic in columns:
        yield latex_escaped(f"{statistic} ({level})" if is_named else statistic)


def _lines(rows: Sequence[Row], columns: Sequence[Column]) -> Iterator[str]:
    """Yield a line for each name and, where there are any, one of its intervals."""
    for name in dict.fromkeys(row.name for row in rows):
        cells: dict[Column, list[Row]] = {column: [] for column in columns}
        for row in rows:
            if row.name == name:
                cells[row.level, row.statistic].append(row)
        for place in range(max(map(len, cells.values()))):
            line = [given[place] if place < len(given) else None for given in cells.values()]
            yield from with_intervals(name, list(map(_value, line)), list(map(_interval, line)))


def _value(row: Row | None) -> str:
    if row is None or isnan(row.value):
        return "--"
    return _number(row.value)


def _interval(row: Row | None) -> str:
    if row is None or row.low is None or row.high is None or isnan(row.low) or isnan(row.high):
        return ""
    return rf"{{\scriptsize {{[}}{_number(row.low)}, {_number(row.high)}{{]}}}}"


def _number(value: float) -> str:
    words = str(value) if isinstance(value, int) else f"{value:z.2f}"
    return words.replace("-", "$-$")
