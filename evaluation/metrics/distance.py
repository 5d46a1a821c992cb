"""How near a text is to others in letters: Levenshtein's distance (Choshen & Abend 2018).

100 (1 - distance / length of the other text), so that higher is nearer: 100 is the same text,
and much longer texts are below 0. To the source it says how little was changed.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from evaluation.metrics.base import Need, Score, Texts, compared_with, mean_score


@dataclass(frozen=True)
class Nearness:
    """The nearness of each hypothesis to the nearest text in one field of `Texts`."""

    name: str
    against: Literal["sources", "references"]

    @property
    def needs(self) -> frozenset[Need]:
        """The field of `Texts` that is compared with."""
        return frozenset({self.against})

    def segment_scores(self, texts: Texts) -> NDArray[np.float64]:
        """Return one score a segment, shape (n,); at most 100.

        Raises:
            ValueError: what it is held against is not given, or a segment has none.
        """
        others = compared_with(texts, self.against, self.name)
        rows = zip(texts.hypotheses, others, strict=True)
        return np.array([max(nearness(text, other) for other in row) for text, row in rows])

    def corpus_score(self, texts: Texts) -> Score:
        """Return the mean over segments; raises the same."""
        return mean_score(self.name, self.segment_scores(texts), {"against": self.against})


def levenshtein() -> Nearness:
    """Return the nearness to the nearest reference."""
    return Nearness("levenshtein", "references")


def levenshtein_source() -> Nearness:
    """Return the nearness to the source."""
    return Nearness("levenshtein-source", "sources")


def nearness(text: str, other: str) -> float:
    """Return how near `text` is to `other`; to nothing, all is as near as can be."""
    return 100 * (1 - Levenshtein.distance(text, other) / len(other)) if other else 100.0
