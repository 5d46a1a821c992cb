"""`consort validate`: metrics tried on lattices of gold edits, where nobody need judge."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.console import AsJson, clear_errors, progress, say, show


def validate(
    config: Annotated[Path, typer.Argument(help="YAML, as in configs/validate.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="key=value over the file's, as sentences=300."),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Repeat what is random, and show the spread.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="A folder for report.json, report.md and report.html.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find out, without people, which corrections a metric rewards and which it punishes."""
    from evaluation.lattice.config import read_config
    from evaluation.lattice.report import write_report
    from evaluation.lattice.run import run

    with clear_errors():
        found = run(read_config(config, settings or []), progress, seeds)
        written = write_report(out, found) if out else []
        if as_json:
            sys.stdout.write(found.to_json() + "\n")
        else:
            show(found.table, as_json)
    for finding in found.findings:
        say(f"{finding.metric}: {finding.verdict}")
    for (source, name, level, statistic), (least, largest) in found.spreads.items():
        say(
            f"{name}, {level} {statistic}, {source} source: {least:.3f} to {largest:.3f} over seeds"
        )
    for note in found.notes:
        say(f"note: {note}")
    if written:
        say(f"wrote {', '.join(map(str, written))}")
