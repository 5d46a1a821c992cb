"""Named columns of CSV, TSV and white-space separated files, read line by line.

A file may be larger than the memory: nothing of it is kept but the row at hand.
"""

import csv
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

from evaluation.records import DataError

MAX_LINE = 4 * 2**20  # bytes; a file without line ends must not fill the memory
_SEPARATORS = {".csv": ",", ".tsv": "\t"}

Row = tuple[int, tuple[str, ...]]
"""The number of a line, from 1, and the cells asked for in it."""


class Columns:
    """A file with a line of headings, which are read at once; iterating yields its rows.

    Cells are separated by commas (quoted as RFC 4180 has it) in a `.csv` file, by tabs (quotes
    are text) in a `.tsv` file and by runs of white space in any other, unless `separator`
    says otherwise: a character, or " " for white space. Blank lines are left out.
    """

    def __init__(self, path: Path | str, separator: str | None = None) -> None:
        """Read the headings; an empty file has none.

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
                UTF-8, or it has not as many cells as there are headings.
        """
        if missing := set(names) - set(self.headings):
            raise DataError(self.path, 1, f"no column {', '.join(sorted(missing))}")
        where = [self.headings.index(name) for name in names]
        rows = self._rows()
        next(rows, None)
        for number, cells in rows:
            if len(cells) != len(self.headings):
                what = f"{len(cells)} cells, but there are {len(self.headings)} columns"
                raise DataError(self.path, number, what)
            yield number, tuple(cells[i] for i in where)

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
        # In TSV a quotation mark is text.
        reader = (
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
                found = error.object[error.start]
                what = f"byte 0x{found:02x} is not UTF-8"
                raise DataError(self.path, number, what) from None
            yield text.rstrip("\r\n") + "\n"
