"""Reads the lines of a table file, and decides how its cells are separated and quoted."""

import codecs
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from evaluation.records import DataError

MAX_LINE = 4 * 2**20  # bytes; without a limit, a file without line ends would fill the memory

_SEPARATOR_LINE = re.compile(r'"?sep=([^"])"?', re.IGNORECASE)
_CHUNK = 2**20
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE = "save it as UTF-8 (Excel: `CSV UTF-8`)"

_CELL = rb'(?:"(?:[^"]++|"")*+"|[^"\t]*+)'
_CELLS = re.compile(rb"%b(?:\t%b)*+" % (_CELL, _CELL))
_CELL_END = re.compile(rb'(?:[^"]++|"")*+"')  # of a quoted cell that began on a line above
_CELL_WITHOUT_TABS = rb'(?:"(?:[^"\t]++|"")*+"|[^"\t]*+)'
_CELLS_WITHOUT_TABS = re.compile(rb"%b(?:\t%b)*+" % (_CELL_WITHOUT_TABS, _CELL_WITHOUT_TABS))


def table_lines(path: Path | str) -> Iterator[str]:
    r"""Yield the lines of a UTF-8 file, each with `\n` in place of its end, without a BOM.

    Raises:
        DataError: the file cannot be read, is not UTF-8, ends its lines with CR alone, or has a
            line longer than `MAX_LINE` bytes.
    """
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(iter(partial(file.readline, MAX_LINE + 1), b""), 1):
                if number == 1:
                    _check_first(path, line)
                if len(line) > MAX_LINE:
                    raise DataError(path, number, f"longer than {MAX_LINE:,} bytes, the limit")
                yield _decoded(path, number, line).rstrip("\r\n") + "\n"
    except OSError as error:
        fault = f"cannot be read: {error.strerror}"
        raise DataError(path, None, fault, "file-unreadable") from None


def _check_first(path: Path | str, line: bytes) -> None:
    if line.startswith(_MARKS) or b"\0" in line:
        raise DataError(path, 1, f"is UTF-16, as Excel writes `Unicode Text`; {_SAVE}")
    if b"\r" in line.rstrip(b"\r\n"):
        raise DataError(path, 1, f"ends lines with CR alone, as old Macs did; {_SAVE}")


def _decoded(path: Path | str, number: int, line: bytes) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise DataError(path, number, f"byte 0x{byte:02x} is not UTF-8; {_SAVE}") from None


def stated_separator(first: str) -> str | None:
    """Return the separator that Excel's first line `sep=;` states, or None for another line."""
    match = _SEPARATOR_LINE.fullmatch(first.rstrip("\n"))
    return match[1] if match else None


def csv_separator(headings: str) -> str:
    """Return the separator of a CSV file by its line of headings.

    It is the semicolon, as Excel writes where the comma is the decimal sign, if the line has one
    and neither commas nor tabs; else the comma.
    """
    return ";" if ";" in headings and not {",", "\t"} & set(headings) else ","


def is_quoted_tsv(path: Path | str, skipped: int = 0) -> bool:
    r"""Return whether a TSV file quotes cells as CSV does, as pandas and Excel write it.

    It does if each cell that has a quotation mark begins and ends with one, and those between are
    doubled. If one such cell would contain a tab or a line end, it also takes a line whose number
    of tabs is not that of the first: where all lines fit the headings as they are, they are rows.
    Otherwise, quotation marks are text.

    Args:
        path: the file.
        skipped: the number of lines above the headings.
    """
    with open(path, "rb") as file:
        if not any(b'"' in chunk for chunk in iter(partial(file.read, _CHUNK), b"")):
            return False
        file.seek(0)
        lines = iter(partial(file.readline, MAX_LINE), b"")
        return _are_quoted(islice(lines, skipped, None))


def _are_quoted(lines: Iterable[bytes]) -> bool:
    tabs: int | None = None
    fits, spans, inside = True, False, False
    for line in lines:
        text = line.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
        tabs = text.count(b"\t") if tabs is None else tabs
        fits = fits and (not text or text.count(b"\t") == tabs)
        if not inside and (b'"' not in text or _CELLS_WITHOUT_TABS.fullmatch(text)):
            continue
        spans = True
        after = _after(text, inside)
        if after is None:
            return False
        inside = after
    return not inside and not (spans and fits)


def _after(text: bytes, inside: bool) -> bool | None:
    """Return whether a quoted cell is open at the end of a line; None if the quotes are wrong.

    Args:
        text: the line.
        inside: whether one is open at its beginning.
    """
    start = 0
    if inside:
        end = _CELL_END.match(text)
        if end is None:
            return True
        if end.end() == len(text):
            return False
        if not text.startswith(b"\t", end.end()):
            return None
        start = end.end() + 1
    cells = _CELLS.match(text, start)
    stop = cells.end() if cells else start
    if stop == len(text):
        return False
    begins_cell = stop == start or text.startswith(b"\t", stop - 1)
    return True if begins_cell and text.startswith(b'"', stop) else None
