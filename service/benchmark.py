"""`consort benchmark`: metrics held against human judgements, and which of them to use."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.console import AsJson, clear_errors, progress, say, show


def benchmark(
    config: Annotated[Path, typer.Argument(help="YAML, as in configs/benchmark.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="key=value over the file's, as plan.resamples=200."),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Repeat what is random, and show the spread.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="A folder for report.json, report.md and report.html.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find out which metric agrees with people best, and how sure that is."""
    from evaluation.benchmark.config import read_config
    from evaluation.benchmark.report import spread_words, write_report
    from evaluation.benchmark.run import run

    with clear_errors():
        found = run(read_config(config, settings or []), progress, seeds)
        written = write_report(out, found) if out else []
        if as_json:
            sys.stdout.write(found.to_json() + "\n")
        else:
            show(found.table, as_json)
    for finding in found.findings:
        say(f"{finding.title}: {finding.verdict}")
        for note in finding.notes:
            say(f"  note: {note}")
    for spread, finding in zip(found.spreads, found.findings, strict=False):
        say(f"{finding.title}: {spread_words(spread)}")
    for note in found.notes:
        say(f"note: {note}")
    if written:
        say(f"wrote {', '.join(map(str, written))}")
