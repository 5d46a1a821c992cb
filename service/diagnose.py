"""`consort diagnose`: whether members are worth combining, and what training did to them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.console import AsJson, clear_errors, progress, say, show


def diagnose(
    config: Annotated[Path, typer.Argument(help="YAML, as in configs/diagnosis.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="key=value over the file's, as plan.seed=2."),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="How often what is random is repeated.", show_default="the file's"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="A folder for report.json, .md and .html, and for what is kept."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find out whether an ensemble can help: complementarity, trajectories, the loss path."""
    from ensemble.diagnosis.result import write_report
    from ensemble.diagnosis.studies import read_study

    with clear_errors():
        study = read_study(config, settings or [], seeds)
        found = study.run(study.config, out, progress)
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
