"""Reads named columns of CSV, TSV and white-space separated files, line by line.

A file may be larger than the memory, as only the current row is in memory.
"""

import csv
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

from evaluation.records import DataError

MAX_LINE = 4 * 2**20  # bytes; without a limit, a file without line ends would fill the memory
_SEPARATORS = {".csv": ",", ".tsv": "\t"}

Row = tuple[int, tuple[str, ...]]
"""The number of a line, from 1, and its cells in the selected columns."""


class Columns:
    """A table file with a line of headings, which are read at once; `select` yields its rows.

    Cells are separated by commas (quoted as in RFC 4180) in a `.csv` file, by tabs (quotes
    are text) in a `.tsv` file and by runs of white space in any other, unless `separator`
    is given: a character, or " " for white space. Blank lines are left out.
    """

    def __init__(self, path: Path | str, separator: str | None = None) -> None:
        """Read the headings; an empty file has no columns.

        Raises:
            DataError: the file cannot be read, is not UTF-8, or names a column twice.
        """
        self.path = path
        self._separator = separator or _SEPARATORS.get(Path(path).suffix.lower(), " ")
        _, self.headings = next(self._rows(), (1, ()))
        if twice := {name for name in self.headings if self.headings.count(name) > 1}:
            raise DataError(path, 1, f"more than one column {', '.join(sorted(twice))}")

    def select(self, names: Sequence[str]) -> Iterator[Row]:
        """Yield each line's number and its cells in the columns `names`.

        Raises:
            DataError: a column is missing, a line is longer than `MAX_LINE` bytes or not
                UTF-8, or its number of cells is not that of the headings.
        """
        if missing := set(names) - set(self.headings):
            raise DataError(self.path, 1, f"no column {', '.join(sorted(missing))}")
        selected = [self.headings.index(name) for name in names]
        rows = self._rows()
        next(rows, None)
        for number, cells in rows:
            if len(cells) != len(self.headings):
                counts = f"{len(cells)} cells, but there are {len(self.headings)} columns"
                raise DataError(self.path, number, counts)
            yield number, tuple(cells[i] for i in selected)

    def _rows(self) -> Iterator[Row]:
        try:
            with open(self.path, "rb") as file:
                yield from self._split(file)
        except OSError as error:
            raise DataError(
                self.path, None, f"cannot be read: {error.strerror}", "file-unreadable"
            ) from None

    def _split(self, file: BufferedReader) -> Iterator[Row]:
        lines = self._lines(file)
        if self._separator == " ":
            for number, line in enumerate(lines, start=1):
                if cells := tuple(line.split()):
                    yield number, cells
            return
        reader = (  # a quotation mark is text in TSV
            csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            if self._separator == "\t"
            else csv.reader(lines, delimiter=self._separator, strict=True)
        )
        try:
            for row in reader:
                if row:
                    yield reader.line_num, tuple(row)
        except csv.Error as error:
            raise DataError(self.path, reader.line_num, str(error)) from None

    def _lines(self, file: BufferedReader) -> Iterator[str]:
        number = 0
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise DataError(self.path, number, f"longer than {MAX_LINE:,} bytes, the limit")
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                byte = error.object[error.start]
                raise DataError(self.path, number, f"byte 0x{byte:02x} is not UTF-8") from None
            yield text.rstrip("\r\n") + "\n"
