"""`consort judge`: asks the judges of a roster about the outputs in a folder."""

from pathlib import Path
from typing import Annotated

import typer

from ensemble.systems.roster import read_roster
from service.cli.console import AsJson, clear_errors, names, progress, say, show
from service.core.judge_files import judge_folder


def judge(
    folder: Annotated[
        Path, typer.Argument(file_okay=False, help="source.txt and one NAME.txt per system.")
    ],
    roster: Annotated[Path, typer.Option(help="The roster that names the judges.")],
    systems: Annotated[str | None, typer.Option(help="Score only these: a,b,c.")] = None,
    budget: Annotated[
        int | None,
        typer.Option(min=0, help="The most questions.", show_default="all that are not answered"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add scores of judges to judges.csv in a folder, for `consort train` and `combine`."""
    with clear_errors():
        most = 10**9 if budget is None else budget
        table = judge_folder(folder, read_roster(roster), names(systems), most, progress)
        show(table, as_json)
    say(f"wrote {folder / 'judges.csv'}")
