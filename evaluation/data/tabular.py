"""Reads named columns of CSV, TSV and white-space separated files, line by line.

A file may be larger than the memory, as only the current row is in memory.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from pathlib import Path

from evaluation.data.table_lines import (
    csv_separator,
    is_quoted_tsv,
    stated_separator,
    table_lines,
)
from evaluation.records import DataError

CSV = "csv"
"""The separator of a `.csv` file, for a file of any name: a comma, or a semicolon."""

_SHOWN = 20  # headings in an error

Row = tuple[int, tuple[str, ...]]
"""The number of a line, from 1, and its cells in the selected columns."""


class Columns:
    """A table file with a line of headings, which are read at once; `select` yields its rows.

    Cells are separated by commas in a `.csv` file (by semicolons if the headings are: see
    `table_lines.csv_separator`), quoted as in RFC 4180; by tabs in a `.tsv` file, quoted only if
    all of it is (`table_lines.is_quoted_tsv`); and by runs of white space in any other file.
    `separator` is another one: a character, " " for white space, or `CSV`. A first line such as
    `sep=;`, which Excel writes and reads, overrides all of them.

    A column is named by its heading or, if that names none, regardless of case and of spaces around
    it. Columns that are not selected may have any name, also none or one that is there twice.
    """

    def __init__(self, path: Path | str, separator: str | None = None) -> None:
        """Read the headings; an empty file has no columns.

        Raises:
            DataError: as `table_lines.table_lines`.
        """
        self.path = path
        first = next(table_lines(path), "")
        self._stated = stated_separator(first)
        self.separator = self._stated or self._unstated(separator, first)
        self._quoted = self.separator != "\t" or is_quoted_tsv(
            path, skipped=int(self._stated is not None)
        )
        rows = ((number, cells) for number, cells in self._all_rows() if any(map(str.strip, cells)))
        self._line, headings = next(rows, (1, []))
        self.headings = tuple(headings)
        named = [i for i, heading in enumerate(self.headings) if heading.strip()]
        self._least = named[-1] + 1 if named else 0  # cells that a row needs

    @property
    def names(self) -> tuple[str, ...]:
        """The headings that are not blank."""
        return tuple(heading for heading in self.headings if heading.strip())

    def has(self, name: str) -> bool:
        """Return whether one column has this name.

        Raises:
            DataError: several have it.
        """
        return self._index(name) is not None

    def select(self, names: Sequence[str], blank_rows: bool = False) -> Iterator[Row]:
        """Yield each line's number and its cells in the columns `names`.

        Rows whose cells are all blank are left out, unless `blank_rows` are wanted; blank lines
        always. A row may have more cells than there are headings if these are blank.

        Raises:
            DataError: a column is missing or there twice, the number of cells in a row is not that
                of the headings, quotes are wrong, or as `table_lines.table_lines`.
        """
        choose = _chooser(self._indices(names))
        width = len(self.headings)
        for number, cells in self.rows():
            if not (blank_rows or any(map(str.strip, cells))):
                continue
            if len(cells) != width:
                cells = self._fitted(number, cells)
            yield number, choose(cells)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number of each line below the headings and all its cells, however many.

        Raises:
            DataError: quotes are wrong, or as `table_lines.table_lines`.
        """
        rows = self._all_rows()
        for number, _ in rows:
            if number >= self._line:
                break
        yield from rows

    def _unstated(self, separator: str | None, headings: str) -> str:
        suffix = Path(self.path).suffix.lower()
        if separator == CSV or (separator is None and suffix == ".csv"):
            return csv_separator(headings)
        return separator or ("\t" if suffix == ".tsv" else " ")

    def _indices(self, names: Sequence[str]) -> list[int]:
        indices = {name: self._index(name) for name in names}
        if missing := sorted(name for name, index in indices.items() if index is None):
            shown = ", ".join(self.names[:_SHOWN]) + (", ..." if len(self.names) > _SHOWN else "")
            there = f"there are {shown}" if shown else "the table has no headings"
            raise DataError(self.path, self._line, f"no column {', '.join(missing)}; {there}")
        return [index for index in map(indices.__getitem__, names) if index is not None]

    def _index(self, name: str) -> int | None:
        like = name.strip().casefold()
        indices = [i for i, heading in enumerate(self.headings) if heading == name] or [
            i for i, heading in enumerate(self.headings) if heading.strip().casefold() == like
        ]
        if len(indices) > 1:
            raise DataError(self.path, self._line, f"more than one column {name}")
        return indices[0] if indices else None

    def _fitted(self, number: int, cells: list[str]) -> list[str]:
        """Return the cells of a row, as many as there are headings."""
        width = len(self.headings)
        if len(cells) < self._least or any(map(str.strip, cells[width:])):
            counts = f"{len(cells)} cells, but there are {width} columns"
            raise DataError(self.path, number, counts)
        return cells[:width] + [""] * (width - len(cells))

    def _lines(self) -> Iterator[str]:
        lines = table_lines(self.path)
        if self._stated:
            next(lines, None)
            return chain(["\n"], lines)  # blank, so that lines are numbered as in the file
        return lines

    def _all_rows(self) -> Iterator[tuple[int, list[str]]]:
        if self.separator == " ":
            for number, line in enumerate(self._lines(), start=1):
                if cells := line.split():
                    yield number, cells
            return
        reader = csv.reader(
            self._lines(),
            delimiter=self.separator,
            quoting=csv.QUOTE_MINIMAL if self._quoted else csv.QUOTE_NONE,
            strict=True,
        )
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            raise DataError(self.path, reader.line_num, _plain(str(error))) from None


def _plain(fault: str) -> str:
    """Return a fault of the csv module in words for users, not for programmers."""
    if fault.startswith("field larger"):
        return f"a cell of more than {csv.field_size_limit():,} characters, the limit"
    return "has CR within a cell that is not quoted" if fault.startswith("new-line") else fault


def _chooser(indices: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(indices) > 1:
        return itemgetter(*indices)
    # With one index, itemgetter would return the cell and not a tuple.
    return lambda cells: tuple([cells[i] for i in indices])
