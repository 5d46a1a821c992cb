"""Input and output of the command line: options, tables, progress, JSON and errors."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bars
from rich.table import Table as Grid

from ensemble.candidates.labels import LabelCase
from evaluation.execution.engine import Engine
from evaluation.execution.progress import Progress, showing
from evaluation.reporting.markdown import figure
from evaluation.reporting.run_log import FORMS, RunLog, log_table, logged, open_log
from evaluation.reporting.table import Row, Table
from evaluation.reporting.table_files import write_table_file
from service.cli.log_lines import LogLines, described, length

if TYPE_CHECKING:
    from evaluation.reporting.overview import Overview
    from evaluation.reporting.run_report import RunReport

Item = TypeVar("Item")

Config = Annotated[Path, typer.Argument(help="YAML, like the files in configs/.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a key of the file: key=value, for example plan.seed=2."),
]
Seeds = Annotated[int, typer.Option(help="Repeat with this many seeds, and show the spread.")]
Out = Annotated[
    Path | None,
    typer.Option(
        file_okay=False, help="A folder for report.json, .md and .html, figures, and other results."
    ),
]
EngineName = Annotated[
    Engine, typer.Option("--engine", help="Run on the cores of this machine, or on a Ray cluster.")
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        help="Address of the cluster, for example 10.0.0.1:6379.",
        show_default="RAY_ADDRESS, or a cluster on this machine",
    ),
]
CaseOfLabels = Annotated[
    LabelCase, typer.Option("--label-case", help="Whether `Yes` and `yes` are two labels or one.")
]
Recuse = Annotated[
    bool, typer.Option(help="Leave out what judges say of their own outputs, in judges.csv.")
]
TableFile = Annotated[
    Path | None,
    typer.Option("--table", help="Also write the figures to a file: .csv, .json, .md or .tex."),
]
LogTo = Annotated[
    str | None,
    typer.Option("--log-to", help=f"Log the figures for another tool as well: {FORMS}."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]

_err = Console(stderr=True)


def progress(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Return `items`, and show progress on standard error: a bar on a terminal, else log lines."""
    if _err.is_terminal:
        return _bar(items, what, total, is_part=False)
    return _log_lines(items, what, total)


def part_progress(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Return the parts of a step, and show progress as `progress` does, but only while it lasts."""
    if _err.is_terminal:
        return _bar(items, what, total, is_part=True)
    return _log_lines.of_parts(items, what, total)


def _bar(items: Iterable[Item], what: str, total: int | None, is_part: bool) -> Iterator[Item]:
    with Bars(*Bars.get_default_columns(), console=_err, transient=is_part) as bars:
        task = bars.add_task(escape(what), total=length(items, total))
        for item in bars.track(items, task_id=task):
            yield item
            if words := described(item):
                bars.update(task, description=escape(what + words))


@contextmanager
def logging_to(target: str | None, run: str) -> Iterator["Logging"]:
    """Show the progress of a run, and log its figures to `target`, if there is one.

    Raises:
        ValueError: `target` cannot be used.
        ImportError: the library that logs is missing; the message names the extra.
        OSError: it cannot be written to.
    """
    with showing(part_progress):
        if target is None:
            yield Logging(progress)
            return
        log = open_log(target, run)
        with closing(log):
            yield Logging(logged(progress, log), log)


class Logging(NamedTuple):
    """The function that shows the progress of a run, and the log of its figures, if any."""

    progress: Progress
    log: RunLog | None = None

    def final(self, table: Table) -> None:
        """Log the final figures."""
        if self.log:
            log_table(self.log, table)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn an error that the user can fix into one line on standard error, and exit status 2."""
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        _err.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


def names(systems: str | None) -> list[str] | None:
    """Return the names in `a,b,c`."""
    return None if systems is None else [name.strip() for name in systems.split(",")]


def show(table: Table, as_json: bool) -> None:
    """Print `table` on standard output: as a table, or as one JSON object and nothing else."""
    if as_json:
        sys.stdout.write(table.to_json() + "\n")
        sys.stdout.flush()  # the work may go on for long
        return
    tested = ("p against the best",) if any(row.p is not None for row in table.rows) else ()
    grid = Grid(box=None, header_style="bold", pad_edge=False)
    for heading in ("name", "level", "statistic"):
        grid.add_column(heading)
    for heading in ("value", "95% interval", "n", *tested):
        grid.add_column(heading, justify="right")
    for row in table.rows:
        cells = (*_figures(row), *([_p(row)] if tested else ()))
        grid.add_row(escape(row.name), row.level, escape(row.statistic), *cells)
    console = Console()
    console.print(grid)
    _sign(console, table)


def show_and_write(table: Table, as_json: bool, file: Path | None, title: str) -> None:
    """Print `table` as `show` does, and write it to `file`, if there is one."""
    show(table, as_json)
    if file is not None:
        write_table_file(file, table, title)
        say(f"wrote {file}")


def show_overview(overview: "Overview", table: Table) -> None:
    """Print the main figures on standard output, and the option that prints `table` too.

    As many columns stand side by side as the terminal is wide enough for.
    """
    console = Console()
    widths = [max(len(head), len("-0.000*")) + 2 for head in overview.heads]
    left = max(map(len, ("metric", *overview.names, *overview.baselines)))
    for columns in _fitting(widths, console.width - left):
        console.print(_overview_grid(overview, columns))
    console.print(escape(overview.legend("*")), highlight=False, soft_wrap=True)
    console.print(f"--all prints all {len(table.rows)} figures", highlight=False)
    _sign(console, table)


def _overview_grid(overview: "Overview", columns: range) -> Grid:
    grid = Grid(box=None, header_style="bold", pad_edge=False)
    grid.add_column("metric")
    for place in columns:
        grid.add_column(escape(overview.heads[place]), justify="right")
    for name, cells in overview.rows():
        shown = [cells[place] for place in columns]
        marked = [f"{c.words}{'*' if c.is_best else ' '}" if c else "" for c in shown]
        grid.add_row(escape(name), *marked)
    return grid


def _fitting(widths: Sequence[int], most: int) -> Iterator[range]:
    """Yield ranges of columns that are together at most as wide, or one column."""
    start, used = 0, 0
    for place, width in enumerate(widths):
        if place > start and used + width > most:
            yield range(start, place)
            start, used = place, 0
        used += width
    yield range(start, len(widths))


def finish(report: "RunReport", out: Path | None, as_json: bool, all_figures: bool = False) -> None:
    """Write the report of a run into `out`, and print it: verdicts and notes on standard error.

    The verdicts come first, as the table below them may be long. With several subjects it is
    replaced by their overview, unless `all_figures` are wanted.
    """
    written = report.write(out) if out else []
    for line in report.verdicts:
        say(line)
    deciding = report.overview and report.overview.deciding
    if as_json:
        sys.stdout.write(report.to_json() + "\n")
    elif deciding and len(deciding.columns) > 1 and not all_figures:
        show_overview(deciding, report.table)
    else:
        show(report.table, as_json)
    for note in report.notes:
        say(f"note: {note}")
    if out and written:
        paths = dict.fromkeys(out / path.relative_to(out).parts[0] for path in written)
        say(f"wrote {', '.join(map(str, paths))}")


def say(text: str) -> None:
    """Print a line on standard error."""
    _err.print(text, markup=False, highlight=False, soft_wrap=True)


_log_lines = LogLines(say)


def _figures(row: Row) -> tuple[str, str, str]:
    interval = "" if row.low is None or row.high is None else f"{row.low:.2f} – {row.high:.2f}"
    value = str(row.value) if isinstance(row.value, int) else figure(row.value, 2)
    return value, interval, "" if row.n is None else str(row.n)


def _p(row: Row) -> str:
    return "" if row.p is None else f"{row.p:.4f}"


def _sign(console: Console, table: Table) -> None:
    console.print(escape(table.signature), style="dim", soft_wrap=True, highlight=False)
