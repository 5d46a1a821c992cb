"""Similarity in characters: Levenshtein's distance (Choshen & Abend 2018).

100 (1 - distance / length of the other text), so that higher is nearer: 100 is the same text,
and much longer texts are below 0. Against the source it says how little was changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from evaluation.metrics.base import ComparingMetric, Texts
from evaluation.metrics.registry import register
from evaluation.types import Array


@register("levenshtein", "references", cost="low")
@dataclass(frozen=True)
class Nearness(ComparingMetric):
    """Levenshtein's distance to the nearest reference, as a similarity of at most 100."""

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,); at most 100.

        Raises:
            ValueError: the texts to compare with are missing, or a segment has none.
        """
        rows = zip(texts.hypotheses, self.others(texts), strict=True)
        return np.array([max(nearness(text, other) for other in others) for text, others in rows])

    def parameters(self) -> Mapping[str, object]:
        """Return what the texts are compared with."""
        return {"against": self.against}


@register("levenshtein-source", "sources", cost="low")
class NearnessToSource(Nearness):
    """Levenshtein's distance to the source, as a similarity of at most 100."""


def nearness(text: str, other: str) -> float:
    """Return the similarity of `text` to `other`, at most 100; 100 where `other` is empty."""
    return 100 * (1 - Levenshtein.distance(text, other) / len(other)) if other else 100.0
