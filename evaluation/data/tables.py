"""Tables of outputs in any format: CSV, TSV, Parquet, JSON, data sets saved to disk, and folders.

Rows are read one after another, so a table may be larger than the memory, except one of JSON.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from evaluation.data.tabular import Columns
from evaluation.records import DataError

READABLE = (
    "a folder with source.txt and one NAME.txt per system, a folder of WMT (src.*, hyp.*, ref.*), "
    "a folder saved by datasets, or a file .jsonl, .json, .csv, .tsv or .parquet"
)
"""The forms of outputs, as errors name them."""

_SEPARATED = (".csv", ".tsv")
_JSON = (".jsonl", ".ndjson", ".json")
_PARQUET = (".parquet", ".pq")
SUFFIXES = (*_SEPARATED, *_JSON, *_PARQUET)
"""The endings of files that are tables, in small letters."""

_MAGIC = (
    (b"PK\x03\x04", "is a zip archive or an Excel workbook: unpack it, or save the sheet as CSV"),
    (b"\x1f\x8b", "is compressed by gzip: unpack it first"),
    (b"BZh", "is compressed by bzip2: unpack it first"),
    (b"\xfd7zXZ\x00", "is compressed by xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "is compressed by zstd: unpack it first"),
    (b"PAR1", "is a Parquet file: let its name end with .parquet"),
    (b"\x89PNG", "is an image"),
    (b"%PDF", "is a PDF"),
    (b"ARROW1", "is an Arrow file: name the folder that datasets saved it in"),
)


class Table(Protocol):
    """Rows with named columns."""

    @property
    def path(self) -> Path:
        """The file or folder."""

    @property
    def names(self) -> Sequence[str]:
        """The columns, in their order."""

    @property
    def count(self) -> int | None:
        """The number of rows, if it is known without reading them."""

    def rows(self, names: Sequence[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield the number of each row or line, from 1, and its cells in the columns `names`.

        Raises:
            DataError: the row cannot be read.
        """


def open_table(path: Path) -> Table:
    """Return the table in a file.

    Raises:
        DataError: the file cannot be read, or is not a table.
    """
    suffix = path.suffix.lower()
    if not path.exists():
        raise DataError(path, None, f"does not exist; {READABLE} can be read", "file-unreadable")
    if suffix in _PARQUET:
        from evaluation.data.columnar_tables import ParquetTable

        return ParquetTable(path)
    check_text(path)
    if suffix in _JSON:
        from evaluation.data.json_tables import JsonTable

        return JsonTable(path)
    if suffix in _SEPARATED:
        return SeparatedTable(path)
    raise DataError(path, None, f"has another format; {READABLE} can be read")


def check_text(path: Path) -> None:
    """Check by its first bytes that a file is text.

    Raises:
        DataError: it cannot be read, has another format, or is empty.
    """
    try:
        with path.open("rb") as file:
            first = file.read(1 << 12)
    except OSError as error:
        fault = f"cannot be read: {error.strerror}"
        raise DataError(path, None, fault, "file-unreadable") from None
    for magic, fault in _MAGIC:
        if first.startswith(magic):
            raise DataError(path, None, fault)
    if not first.strip(b"\xef\xbb\xbf \t\r\n"):
        raise DataError(path, None, "is empty; it needs a row of headings, or JSON objects")
    if b"\0" in first and not _is_utf16(first):
        raise DataError(path, None, "is binary, not text")


def _is_utf16(first: bytes) -> bool:
    """Return whether the bytes look like text in UTF-16, about which `tabular` has an error."""
    is_marked = first.startswith((b"\xff\xfe", b"\xfe\xff"))
    zeros = max(first[0::2].count(0), first[1::2].count(0))
    return is_marked or zeros > len(first) / 4


class SeparatedTable:
    """A CSV or TSV file with a line of headings, as `tabular.Columns` reads it; cells are texts."""

    def __init__(self, path: Path) -> None:
        """Read the headings.

        Raises:
            DataError: as `tabular.Columns`, or another separator is in the only heading.
        """
        self.path = path
        self._columns = Columns(path)
        self.names = self._columns.names
        for sign, name in (("\t", "tabs"), (";", "semicolons"), (",", "commas"), ("|", "bars")):
            if len(self.names) == 1 and sign in self.names[0]:
                other = ".csv" if path.suffix.lower() == ".tsv" else ".tsv"
                way = f"let its name end with {other}" if sign in "\t," else f"write sep={sign}"
                where = "" if sign in "\t," else " on a line above the headings"
                raise DataError(path, 1, f"has {name} between its headings: {way}{where}")

    @property
    def count(self) -> int | None:
        """Not known: a row may have several lines."""
        return None

    def rows(self, names: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Yield the line of each row and its cells; rows that are all blank are left out.

        Raises:
            DataError: as `Columns.select`.
        """
        for line, cells in self._columns.select(names):
            yield line, dict(zip(names, cells, strict=True))
