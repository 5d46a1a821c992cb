"""Metrics and people, side by side over the same texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.statistics.correlation import system_scores
from evaluation.types import Array


@dataclass(frozen=True)
class Sides:
    """Metrics and people, over the same scores: NaN where any of them has none.

    `metrics` has the shape (metrics, systems, segments), `corpora` holds each one's scores of
    corpora or None, `human` the judgements, shape (systems, segments); one segment, if not
    `judged` by segments.
    """

    names: tuple[str, ...]
    metrics: Array
    corpora: Sequence[Array | None]
    human: Array
    judged: bool

    @property
    def standing(self) -> Array:
        """People's scores of systems, shape (systems,)."""
        return system_scores(self.human)

    @property
    def by_system(self) -> Array:
        """The metrics' scores of systems, shape (metrics, systems): of corpora where given."""
        means = system_scores(self.metrics)
        given = [m if c is None else c for m, c in zip(means, self.corpora, strict=True)]
        return np.stack(given)

    @property
    def means_alone(self) -> bool:
        """Whether systems are told apart by means over segments, and nothing else."""
        return self.judged and all(corpus is None for corpus in self.corpora)

    def one_each(self) -> "Sides":
        """Return the sides with a score a system in place of those of its segments."""
        nothing = [None] * len(self.names)
        return Sides(self.names, self.by_system[:, :, None], nothing, self.standing[:, None], False)
