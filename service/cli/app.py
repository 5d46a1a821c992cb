"""The `consort` command; its subcommands are in the modules of this package."""

from typing import Annotated

import typer

from evaluation.version import VERSION
from service.cli.certify import certify
from service.cli.combine import combine
from service.cli.doctor import doctor
from service.cli.judge import judge
from service.cli.key import app as keys
from service.cli.mcp import mcp
from service.cli.rank import rank
from service.cli.runs import benchmark, diagnose, diversify, validate
from service.cli.score import EPILOG as METRICS
from service.cli.score import score
from service.cli.score_spans import score_spans_of_files
from service.cli.serve import serve
from service.cli.train import train
from service.cli.train_metric import train_metric
from service.cli.work import work

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def consort(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Combine the outputs of several text systems into one better output, with the evidence."""


app.command()(combine)
app.command()(train)
app.command()(judge)
app.command()(certify)
app.command()(rank)
app.command()(train_metric)
app.command()(benchmark)
app.command()(validate)
app.command()(diagnose)
app.command()(diversify)
app.command(epilog=METRICS)(score)
app.command("score-spans")(score_spans_of_files)
app.command()(serve)
app.command()(mcp)
app.command()(work)
app.command()(doctor)
app.add_typer(keys, name="key")


if __name__ == "__main__":
    app()
