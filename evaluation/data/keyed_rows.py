"""Reads the rows of a table whose key is a segment, of one or several columns, and a system."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from unicodedata import normalize

from evaluation.data.tabular import Columns
from evaluation.records import DataError

ALONE = "texts"
"""The name of the only system, where a table has no column of systems."""


class KeyedRow(NamedTuple):
    """A row: the number of its line, its segment and system, and its other cells."""

    line: int
    segment: str
    system: str
    cells: tuple[str, ...]


def parts_of(segment: str | Sequence[str]) -> tuple[str, ...]:
    """Return the columns whose cells together are the id of a segment."""
    return (segment,) if isinstance(segment, str) else tuple(segment)


def joined_id(parts: Sequence[str]) -> str:
    r"""Return the id of a segment that has several parts, such as `news/2` for document and number.

    Other parts give another id: `/` and `\` within several parts are written `\/` and `\\`.
    """
    if len(parts) == 1:
        return parts[0]
    return "/".join(part.replace("\\", "\\\\").replace("/", "\\/") for part in parts)


def keyed_rows(
    columns: Columns, segment: str | Sequence[str], system: str | None, others: Sequence[str]
) -> Iterator[KeyedRow]:
    """Yield the rows of a table.

    Args:
        columns: the table.
        segment: the column of segments, or several, whose cells are joined by `joined_id`.
        system: the column of systems; without one, the system of all rows is `ALONE`.
        others: the columns of the other cells.

    Segments and systems are in Unicode's composed form (NFC): `é` is one name, however it is typed.

    Raises:
        DataError: as `Columns.select`, or the segment or the system of a row is blank.
    """
    parts = parts_of(segment)
    keys = [*parts, *([system] if system is not None else [])]
    n, m = len(parts), len(keys)
    for line, cells in columns.select([*keys, *others]):
        if not all(map(str.strip, cells[:m])):
            empty = next(key for key, cell in zip(keys, cells, strict=False) if not cell.strip())
            raise DataError(columns.path, line, f"the cell of {empty} is empty")
        ids = [normalize("NFC", cell) for cell in cells[:m]]
        name = ids[n] if system is not None else ALONE
        yield KeyedRow(line, joined_id(ids[:n]), name, cells[m:])
