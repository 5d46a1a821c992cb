"""Trains a metric from files, for `consort train-metric` and jobs."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.data.human_scores import has_sources, read_rated_pairs, read_ratings
from evaluation.metrics.learned.kinds import Kind
from evaluation.reporting.table import Table, sign

if TYPE_CHECKING:
    from evaluation.execution.progress import Progress
    from evaluation.metrics.learned.probe import Example


@dataclass(frozen=True)
class Rated:
    """Training data and options of `consort train-metric`."""

    train: Path
    dev: Path | None
    head: Kind
    encoder: str
    seed: int

    def read(self) -> tuple[list["Example"], list["Example"] | None]:
        """Return the examples to learn from, and those to stop by, if there is a file of them.

        Raises:
            DataError: a file cannot be read, or the second has no sources and the first has.
        """
        if has_sources(self.train):
            pairs = read_rated_pairs(self.train)
            return [*pairs], [*read_rated_pairs(self.dev)] if self.dev else None
        return [*read_ratings(self.train)], [*read_ratings(self.dev)] if self.dev else None


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
    examples, others = held_out(*rated.read(), head, seed)
    reader = load_encoder(rated.encoder)
    rating = fit(name, examples, others, reader, head, seed, progress)
    config = {"encoder": reader.signature, "head": head, "seed": seed, "n": len(examples)}
    table = Table(agreement(rating, others), sign(name, config))
    write(output, rating, config, list(map(asdict, table.rows)))
    return table
