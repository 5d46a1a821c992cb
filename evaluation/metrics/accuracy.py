"""Whether a label is right: the measure for classifiers."""

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.base import Need, Score, Texts, compared_with, mean_score


class Accuracy:
    """100 where a hypothesis is one of its references, white space around it aside; else 0."""

    name = "accuracy"
    needs: frozenset[Need] = frozenset({"references"})

    def segment_scores(self, texts: Texts) -> NDArray[np.float64]:
        """Return one score a segment, shape (n,), 0 or 100.

        Raises:
            ValueError: there are no references, or a segment has none.
        """
        rows = zip(texts.hypotheses, compared_with(texts, "references", self.name), strict=True)
        right = [text.strip() in map(str.strip, others) for text, others in rows]
        return 100.0 * np.array(right)

    def corpus_score(self, texts: Texts) -> Score:
        """Return the share of right ones, in percent; raises the same."""
        return mean_score(self.name, self.segment_scores(texts), {})
