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
    except (ValueError, OSError) as error:
        _err.print(f"[bold red]error:[/] {_plain(str(error))}", highlight=False, soft_wrap=True)
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
        grid.add_row(row.name, row.level, row.statistic, *_figures(row))
    console = Console()
    console.print(grid)
    console.print(f"[dim]{_plain(table.signature)}[/]", soft_wrap=True, highlight=False)


def say(text: str) -> None:
    """Print a line of news on standard error."""
    _err.print(_plain(text), highlight=False, soft_wrap=True)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a text file whole or not at all: readers see the old one until the new one is done."""
    with NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, delete=False
    ) as file:
        try:
            file.writelines(line + "\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _figures(row: Row) -> tuple[str, str, str]:
    interval = "" if row.low is None or row.high is None else f"{row.low:.2f} – {row.high:.2f}"
    value = str(row.value) if isinstance(row.value, int) else f"{row.value:.2f}"
    return value, interval, "" if row.n is None else str(row.n)


def _plain(text: str) -> str:
    """Escape what the console would take for mark-up."""
    return text.replace("[", r"\[")
