"""Trains a metric from files, for `consort train-metric` and jobs."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.data.human_scores import read_ratings
from evaluation.metrics.learned.kinds import Kind
from evaluation.reporting.table import Table, sign

if TYPE_CHECKING:
    from evaluation.execution.progress import Progress


@dataclass(frozen=True)
class Rated:
    """Training data and options of `consort train-metric`."""

    train: Path
    dev: Path | None
    head: Kind
    encoder: str
    seed: int


def learn(name: str, rated: Rated, output: Path, progress: "Progress") -> Table:
    """Train a metric, write it to the folder `output`, and return its agreement with ratings.

    Raises:
        DataError: a file cannot be read.
        ValueError: it cannot be trained on these data, or `output` has other files.
        ImportError: the encoder's package is missing; the message names the extra.
        FileNotFoundError: the encoder does not exist.
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
