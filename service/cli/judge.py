"""`consort judge`: scores outputs by metrics without references, as evidence for combining."""

from pathlib import Path
from typing import Annotated

import typer

from evaluation.execution.engine import working
from service.cli.console import (
    AsJson,
    EngineName,
    RayAddress,
    clear_errors,
    names,
    progress,
    say,
    show,
)
from service.core.judge_outputs import Panel, judge_folder


def judge(
    folder: Annotated[Path, typer.Argument(help="source.txt and one NAME.txt per system.")],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="A metric of `consort score --help`; may be repeated. One that needs references"
            " compares an output with the other outputs."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="The folder of a metric from `consort train-metric`; or the model of one --metric."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A CSV file.", show_default="judges.csv in the folder"),
    ] = None,
    systems: Annotated[str | None, typer.Option(help="Judge only these: a,b,c.")] = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Score the outputs of systems by metrics, so that combiners can use them as judges."""
    with clear_errors():
        panel = Panel(metric or [], model)
        with working(engine, ray_address):
            table = judge_folder(folder, panel, output, names(systems), progress)
        show(table, as_json)
    say(f"wrote {output or folder / 'judges.csv'}")
