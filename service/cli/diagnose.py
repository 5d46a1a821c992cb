"""`consort diagnose`: whether members are worth combining, and what training did to them."""

from typing import Annotated

import typer

from service.cli.console import AsJson, Config, Out, Settings, clear_errors, present, progress


def diagnose(
    config: Config,
    settings: Settings = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="How often what is random is repeated.", show_default="the file's"),
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Find out whether an ensemble can help: complementarity, trajectories, the loss path."""
    from ensemble.diagnosis.result import write
    from ensemble.diagnosis.studies import read_study

    with clear_errors():
        study = read_study(config, settings or [], seeds)
        found = study.run(study.config, out, progress)
        written = write(out, found) if out else []
        present(
            found, [*found.verdicts, *(f"note: {note}" for note in found.notes)], written, as_json
        )
