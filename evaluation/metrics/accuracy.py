"""Accuracy: whether a label is right, for classifiers and short answers."""

from dataclasses import dataclass

import numpy as np

from evaluation.metrics.base import ComparingMetric, Texts
from evaluation.metrics.registry import register
from evaluation.types import Array


@register("accuracy", "references", cost="low")
@dataclass(frozen=True)
class Accuracy(ComparingMetric):
    """The share of hypotheses that equal one of their references, in percent.

    White space around a text is ignored.
    """

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,), 0 or 100.

        Raises:
            ValueError: there are no references, or a segment has none.
        """
        rows = zip(texts.hypotheses, self.others(texts), strict=True)
        right = [text.strip() in map(str.strip, references) for text, references in rows]
        return 100.0 * np.array(right)
