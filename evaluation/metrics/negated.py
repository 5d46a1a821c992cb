"""A metric of which lower is better, turned round so that higher is better."""

from dataclasses import dataclass, replace

from evaluation.metrics.base import Metric, Need, Score, Texts
from evaluation.types import Array


@dataclass(frozen=True)
class Negated:
    """A metric whose scores are those of another with the opposite sign."""

    metric: Metric

    @property
    def name(self) -> str:
        """The name of the metric."""
        return self.metric.name

    @property
    def needs(self) -> frozenset[Need]:
        """The fields of `Texts` that the metric needs."""
        return self.metric.needs

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,); raises as the metric."""
        return -self.metric.segment_scores(texts)

    def corpus_score(self, texts: Texts) -> Score:
        """Return the score of all segments together; raises as the metric."""
        score = self.metric.corpus_score(texts)
        rows = tuple(
            replace(row, value=-row.value, low=_opposite(row.high), high=_opposite(row.low))
            for row in score.rows
        )
        return Score(rows, f"{score.signature}|negated")


def _opposite(bound: float | None) -> float | None:
    return None if bound is None else -bound
