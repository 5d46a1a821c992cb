"""`consort diversify`: trains a member to improve the ensemble, and measures the effect."""

from typing import Annotated

import typer

from evaluation.execution.engine import working
from service.cli.console import (
    AsJson,
    Config,
    EngineName,
    Out,
    RayAddress,
    Settings,
    clear_errors,
    finish,
    progress,
)


def diversify(
    config: Config,
    settings: Settings = None,
    seeds: Annotated[
        int, typer.Option(help="Number of splits; five test every sentence once.")
    ] = 1,
    out: Out = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Train a member to raise the score of an ensemble; compare it with the untrained one."""
    from ensemble.diversity.assessment.report import report
    from ensemble.diversity.config import read_config
    from ensemble.diversity.run import run

    with clear_errors():
        run_config = read_config(config, settings or [])
        with working(engine, ray_address):
            result = run(run_config, progress, seeds, out)
        finish(report(result), out, as_json)
