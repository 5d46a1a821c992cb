"""The `consort` command; its subcommands are in the modules of this package."""

from typing import Annotated

import typer

from service.cli.deferred import defer

COMMANDS = {
    "combine": (
        "service.cli.combine:combine",
        "Combine the outputs of systems in a folder or a table.",
    ),
    "train": (
        "service.cli.train:train",
        "Train a combiner on labelled outputs; report its scores on held-out segments.",
    ),
    "judge": (
        "service.cli.judge:judge",
        "Add scores of outputs to judges.csv in a folder, for `consort train` and `combine`.",
    ),
    "certify": (
        "service.cli.certify:certify",
        "Report whether a judge can replace people, and systems' means corrected by few labels.",
    ),
    "rank": (
        "service.cli.rank:rank",
        "Rank systems by preferences of people or a judge: Bradley-Terry, on the scale of Elo.",
    ),
    "train-metric": (
        "service.cli.train_metric:train_metric",
        "Train a metric on sentences with human ratings; report its agreement on held-out ones.",
    ),
    "benchmark": (
        "service.cli.runs:benchmark",
        "Report which metric agrees with people best, and how certain that is.",
    ),
    "validate": (
        "service.cli.runs:validate",
        "Report without human judgements which corrections a metric rewards or punishes.",
    ),
    "diagnose": (
        "service.cli.runs:diagnose",
        "Report whether an ensemble can help: complementarity, panel, trajectories, loss path.",
    ),
    "diversify": (
        "service.cli.runs:diversify",
        "Train a member to raise the score of an ensemble; compare it with the untrained one.",
    ),
    "score": ("service.cli.score:score", "Score texts with automatic metrics, with 95% intervals."),
    "score-spans": (
        "service.cli.score_spans:score_spans_of_files",
        "Score predicted error spans by overlap of characters and by exact match.",
    ),
    "serve": ("service.cli.serve:serve", "Serve the API and the playground."),
    "mcp": (
        "service.cli.mcp:mcp",
        "Serve the tools combine, check, explain and score to models, by MCP.",
    ),
    "work": (
        "service.cli.work:work",
        "Run jobs of a service with the same database and state folder.",
    ),
    "doctor": (
        "service.cli.doctor:doctor",
        "Check that all required packages are installed and that systems and judges answer.",
    ),
    "key": ("service.cli.key:app", "Create, list and revoke keys of the service."),
}
"""The address of each command, and its line in the list of commands: the first of its docstring."""

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        from evaluation.version import VERSION

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


for _name, (_address, _help) in COMMANDS.items():
    defer(app, _name, _address, _help)


if __name__ == "__main__":
    app()
