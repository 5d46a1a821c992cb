"""`consort judge`: adds scores of outputs by metrics or judges to a folder."""

from pathlib import Path
from typing import Annotated

import typer

from ensemble.systems.roster import read_roster
from evaluation.errors import InputError
from evaluation.execution.engine import working
from evaluation.reporting.table import Table
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
from service.core.judge_by_metrics import Panel, judge_by_metrics
from service.core.judge_by_roster import judge_by_roster

_ALL = 10**9


def judge(
    folder: Annotated[
        Path, typer.Argument(file_okay=False, help="source.txt and one NAME.txt per system.")
    ],
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
    roster: Annotated[
        Path | None, typer.Option(help="Ask the judges that this roster names.")
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="The most questions to judges of the roster.",
            show_default="all that are not answered",
        ),
    ] = None,
    systems: Annotated[str | None, typer.Option(help="Score only these: a,b,c.")] = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Add scores of outputs to judges.csv in a folder, for `consort train` and `combine`."""
    with clear_errors():
        if (roster is None) == (not metric):
            raise InputError("invalid-option", "scores come from --metric or from --roster")
        if roster is None and budget is not None:
            raise InputError("invalid-option", "--budget applies to the judges of a --roster")
        with working(engine, ray_address):
            show(_table(folder, Panel(metric or [], model), roster, budget, systems), as_json)
    say(f"wrote {folder / 'judges.csv'}")


def _table(
    folder: Path, panel: Panel, roster: Path | None, budget: int | None, systems: str | None
) -> Table:
    if roster is None:
        return judge_by_metrics(folder, panel, names(systems), progress)
    if panel.model:
        raise InputError("invalid-option", "--model applies to a --metric")
    most = _ALL if budget is None else budget
    return judge_by_roster(folder, read_roster(roster), names(systems), most, progress)
