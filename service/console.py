"""How the command line speaks: tables and progress for people, JSON for programs, clear errors."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table as Grid

from evaluation.report import Row, Table

Item = TypeVar("Item")

_err = Console(stderr=True)


def progress(items: Sequence[Item], what: str) -> Iterable[Item]:
    """Return `items` behind a progress bar on standard error, where a person is looking."""
    return track(items, description=what, console=_err, disable=not _err.is_terminal)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn an error the user can mend into one line on standard error and exit status 2."""
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        _err.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


def show(table: Table, as_json: bool) -> None:
    """Print `table` on standard output: for people, or one JSON object and nothing else."""
    if as_json:
        sys.stdout.write(table.to_json() + "\n")
        return
    grid = Grid(box=None, header_style="bold", pad_edge=False)
    for heading in ("name", "level", "statistic"):
        grid.add_column(heading)
    for heading in ("value", "95% interval", "n"):
        grid.add_column(heading, justify="right")
    for row in table.rows:
        grid.add_row(escape(row.name), row.level, escape(row.statistic), *_figures(row))
    console = Console()
    console.print(grid)
    console.print(escape(table.signature), style="dim", soft_wrap=True, highlight=False)


def say(text: str) -> None:
    """Print a line of news on standard error."""
    _err.print(text, markup=False, highlight=False, soft_wrap=True)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a text file whole or not at all: readers see the old one until the new one is done.

    A link is followed; what is no regular file (a pipe, a device) is written to as it stands.
    """
    path = path.resolve()
    text = "".join(line + "\n" for line in lines).encode("utf-8")
    if path.exists() and not path.is_file():
        path.write_bytes(text)
        return
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, _mode(path))
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _mode(path: Path) -> int:
    """Return the permissions of the old file, or those a new one would have."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _figures(row: Row) -> tuple[str, str, str]:
    interval = "" if row.low is None or row.high is None else f"{row.low:.2f} – {row.high:.2f}"
    value = str(row.value) if isinstance(row.value, int) else f"{row.value:.2f}"
    return value, interval, "" if row.n is None else str(row.n)
