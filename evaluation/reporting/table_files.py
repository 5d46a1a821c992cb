"""Writes a table of figures to a file, in the format of its ending."""

from collections.abc import Callable, Mapping
from pathlib import Path

from evaluation.data.writers import check_file, write_bytes
from evaluation.errors import InputError
from evaluation.reporting.figures_csv import Part, figures_csv
from evaluation.reporting.latex_rows import latex_rows
from evaluation.reporting.markdown import escaped, markdown_rows
from evaluation.reporting.table import Table


def _csv(table: Table, title: str) -> str:
    return figures_csv([Part(table.rows)])


def _json(table: Table, title: str) -> str:
    return table.to_json() + "\n"


def _markdown(table: Table, title: str) -> str:
    lines = [f"# {escaped(title)}", "", *markdown_rows(table.rows), ""]
    return "\n".join([*lines, f"Signature `{table.signature}`", ""])


FORMATS: Mapping[str, Callable[[Table, str], str]] = {
    ".csv": _csv,
    ".json": _json,
    ".md": _markdown,
    ".tex": latex_rows,
}
"""The function that returns a table with a title as text, by the ending of the file."""


def check_table_file(path: Path) -> None:
    """Check, before long work, that a table can be written to a file.

    Raises:
        ValueError: its ending is not one of `FORMATS`, its folder is not there, or it is a folder.
    """
    if path.suffix.lower() not in FORMATS:
        message = f"--table {path}: the file should end with {', '.join(FORMATS)}"
        raise InputError("invalid-option", message)
    check_file(path)


def write_table_file(path: Path, table: Table, title: str) -> None:
    """Write a table whole or not at all, in the format of the ending of `path`.

    Raises:
        ValueError: as `check_table_file`.
    """
    check_table_file(path)
    write_bytes(path, FORMATS[path.suffix.lower()](table, title).encode("utf-8"))
