"""`consort certify`: compares a judge with people, and corrects its means of systems."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import AsJson, Out, clear_errors, finish, names


def certify(
    judge: Annotated[
        Path,
        typer.Argument(
            help="segment,score; it may have judge,system,position,length,family, and repeats. Or"
            " preferences: segment,system1,system2,winner."
        ),
    ],
    human: Annotated[
        Path,
        typer.Argument(
            help="segment,score: people's labels; it may have system,rater. Or preferences."
        ),
    ],
    name: Annotated[
        str | None, typer.Option("--judge", help="The judge, where its table has several.")
    ] = None,
    rater: Annotated[
        str | None, typer.Option(help="The column of people's names.", show_default="rater")
    ] = None,
    categories: Annotated[
        bool, typer.Option("--categories", help="Compare scores as categories, not as numbers.")
    ] = False,
    threshold: Annotated[
        float | None, typer.Option(help="Scores of the judge from here on are 1, others 0.")
    ] = None,
    own: Annotated[
        str | None, typer.Option(help="Systems or families that the judge belongs to: a,b.")
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="NAME.txt of each system, for the bias by length."),
    ] = None,
    half_width: Annotated[
        float | None,
        typer.Option(
            help="How many labels give means to plus or minus this?",
            show_default="half of the present",
        ),
    ] = None,
    epsilon: Annotated[
        float,
        typer.Option(help="Advantage for the judge's lower cost: experts 0.2, crowd workers 0.1."),
    ] = 0.2,
    unmatched: Annotated[
        float,
        typer.Option(
            "--unmatched-tolerance",
            help="The share of the labels that may be of items that the judge lacks.",
        ),
    ] = 0.01,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Report whether a judge can replace people, and systems' means corrected by few labels."""
    from evaluation.certificate.options import Options
    from evaluation.certificate.report import report
    from evaluation.certificate.run import certify as run

    with clear_errors():
        options = Options(
            categories=categories,
            threshold=threshold,
            own=tuple(names(own) or ()),
            half_width=half_width,
            epsilon=epsilon,
        )
        finish(report(run(judge, human, options, name, rater, texts, unmatched)), out, as_json)
