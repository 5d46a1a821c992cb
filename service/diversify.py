"""`consort diversify`: a member trained for what it does to the ensemble, and its worth."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.console import AsJson, clear_errors, progress, say, show


def diversify(
    config: Annotated[Path, typer.Argument(help="YAML, as in configs/diversity.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="key=value over the file's, as weight=1."),
    ] = None,
    seeds: Annotated[int, typer.Option(help="As many splits; five test every sentence once.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(help="A folder for the report and the members; what is there goes on."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a member to raise the score of an ensemble, and hold it against the untouched one."""
    from ensemble.diversity.config import read_config
    from ensemble.diversity.report import write_report
    from ensemble.diversity.run import run

    with clear_errors():
        found = run(read_config(config, settings or []), progress, seeds, out)
        written = write_report(out, found) if out else []
        if as_json:
            sys.stdout.write(found.to_json() + "\n")
        else:
            show(found.table, as_json)
    for verdict in found.verdicts:
        say(verdict)
    for note in found.notes:
        say(f"note: {note}")
    if written:
        say(f"wrote {', '.join(map(str, written))}")
