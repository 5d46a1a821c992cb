"""`consort diversify`: a member trained for what it does to the ensemble, and its worth."""

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
    present,
    progress,
)


def diversify(
    config: Config,
    settings: Settings = None,
    seeds: Annotated[int, typer.Option(help="As many splits; five test every sentence once.")] = 1,
    out: Out = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Train a member to raise the score of an ensemble, and hold it against the untouched one."""
    from ensemble.diversity.assessment.report import write
    from ensemble.diversity.config import read_config
    from ensemble.diversity.run import run

    with clear_errors():
        asked = read_config(config, settings or [])
        with working(engine, ray_address):
            found = run(asked, progress, seeds, out)
        written = write(out, found) if out else []
        present(
            found, [*found.verdicts, *(f"note: {note}" for note in found.notes)], written, as_json
        )
