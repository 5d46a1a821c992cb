"""`consort rank`: ranks systems by preferences between their outputs."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import AsJson, Out, clear_errors, finish, names


def rank(
    table: Annotated[
        Path,
        typer.Argument(
            help="segment,system1,system2,winner; or model_a,model_b,winner, also JSON. It may have"
            " rater or judge, length1,length2."
        ),
    ],
    rater: Annotated[
        str | None, typer.Option(help="Only the comparisons of this rater or judge.")
    ] = None,
    without: Annotated[str | None, typer.Option(help="Systems left out: a,b.")] = None,
    resamples: Annotated[
        int, typer.Option(min=1, max=100_000, help="Resamples of the segments, for intervals.")
    ] = 1000,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Rank systems by preferences of people or a judge: Bradley-Terry, on the scale of Elo."""
    from evaluation.ranking.report import report
    from evaluation.ranking.run import rank as run

    with clear_errors():
        ranked = run(table, rater=rater, without=names(without) or (), resamples=resamples)
        finish(report(ranked), out, as_json)
