"""iBLEU (Sun & Zhou 2012): BLEU against the references, less what is only the source again."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.base import Need, Score, Texts, mean_score
from evaluation.metrics.overlap import bleu, bleu_source

ALPHA = 0.8
"""The weight of the references, as Choshen & Abend (2018) have it; the source has the rest."""


@dataclass(frozen=True)
class IBleu:
    """`alpha` BLEU(references) - (1 - `alpha`) BLEU(source), of each segment; at most 100."""

    alpha: float = ALPHA
    name: ClassVar[str] = "ibleu"
    needs: ClassVar[frozenset[Need]] = frozenset({"sources", "references"})

    def segment_scores(self, texts: Texts) -> NDArray[np.float64]:
        """Return one score a segment, shape (n,).

        Raises:
            ValueError: sources or references are not given, or a segment has no reference.
        """
        near, same = bleu().segment_scores(texts), bleu_source().segment_scores(texts)
        return np.asarray(self.alpha * near - (1 - self.alpha) * same)

    def corpus_score(self, texts: Texts) -> Score:
        """Return the mean over segments; raises the same."""
        return mean_score(self.name, self.segment_scores(texts), {"alpha": self.alpha})
