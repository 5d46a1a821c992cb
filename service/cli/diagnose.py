"""`consort diagnose`: complementarity of members, and effects of their training."""

from typing import Annotated

import typer

from service.cli.console import AsJson, Config, Out, Settings, clear_errors, finish, progress


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
    """Report whether an ensemble can help: complementarity, trajectories, the loss path."""
    from ensemble.diagnosis.studies import read_study

    with clear_errors():
        study = read_study(config, settings or [], seeds)
        finish(study.run(study.config, out, progress), out, as_json)
