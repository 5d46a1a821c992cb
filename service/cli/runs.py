"""`consort benchmark`, `validate`, `diagnose` and `diversify`: runs that a YAML file describes."""

from pathlib import Path
from typing import Annotated

import typer

from evaluation.data.writers import write_table
from evaluation.execution.engine import working
from service.cli.console import (
    AsJson,
    Config,
    EngineName,
    LogTo,
    Out,
    RayAddress,
    Seeds,
    Settings,
    clear_errors,
    finish,
    logging_to,
    progress,
    say,
)


def benchmark(
    config: Annotated[
        Path, typer.Argument(help="YAML, like the files in configs/; or a table of ratings.")
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="A metric of `consort score --help`, beside the file's; may be repeated."
        ),
    ] = None,
    scores: Annotated[
        list[Path] | None,
        typer.Option(
            help="A table of scores by metrics of your own: segment, system, and a column of each"
            " metric; may be repeated."
        ),
    ] = None,
    next_segments: Annotated[
        int | None,
        typer.Option(
            "--next",
            help="Also choose this many segments to annotate next: those without a judgement on"
            " which the two metrics ahead disagree most (next.csv in --out).",
        ),
    ] = None,
    settings: Settings = None,
    seeds: Seeds = 1,
    out: Out = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    all_figures: Annotated[
        bool,
        typer.Option("--all", help="Print all figures, not only the overview of several results."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Report which metric agrees with people best, and how certain that is."""
    from evaluation.meta_evaluation.config import read_config
    from evaluation.meta_evaluation.next_items import next_items, with_next
    from evaluation.meta_evaluation.report import report
    from evaluation.meta_evaluation.run import run

    with clear_errors():
        run_config = read_config(config, settings or [], scores or [], metric or [])
        with working(engine, ray_address):
            result = run(run_config, progress, seeds)
            chosen = None
            if next_segments is not None:
                chosen = next_items(run_config, result, next_segments, progress)
        whole = report(result)
        finish(with_next(whole, chosen) if chosen else whole, out, as_json, all_figures)
        if chosen and out:
            write_table(out / "next.csv", chosen.table)
            say(f"wrote {out / 'next.csv'}")


def validate(
    config: Config,
    settings: Settings = None,
    seeds: Seeds = 1,
    out: Out = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Report without human judgements which corrections a metric rewards or punishes."""
    from evaluation.lattice.config import read_config
    from evaluation.lattice.report import report
    from evaluation.lattice.run import run

    with clear_errors():
        run_config = read_config(config, settings or [])
        with working(engine, ray_address):
            result = run(run_config, progress, seeds)
        finish(report(result), out, as_json)


def diagnose(
    config: Config,
    settings: Settings = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="Repeat with this many seeds.", show_default="the file's"),
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Report whether an ensemble can help: complementarity, panel, trajectories, loss path."""
    from ensemble.diagnosis.studies import read_study

    with clear_errors():
        study = read_study(config, settings or [], seeds)
        finish(study.run(study.config, out, progress), out, as_json)


def diversify(
    config: Config,
    settings: Settings = None,
    seeds: Annotated[
        int, typer.Option(help="Number of splits; five test every sentence once.")
    ] = 1,
    out: Out = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    log_to: LogTo = None,
    as_json: AsJson = False,
) -> None:
    """Train a member to raise the score of an ensemble; compare it with the untrained one."""
    from ensemble.diversity.assessment.report import report
    from ensemble.diversity.config import read_config
    from ensemble.diversity.run import run

    with clear_errors():
        run_config = read_config(config, settings or [])
        with working(engine, ray_address), logging_to(log_to, f"diversify {config.stem}") as log:
            result = run(run_config, log.progress, seeds, out)
            whole = report(result)
            log.final(whole.table)
        finish(whole, out, as_json)
