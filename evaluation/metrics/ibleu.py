"""iBLEU (Sun & Zhou 2012): BLEU against the references, less a share of BLEU against the source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from evaluation.metrics.base import BaseMetric, Texts
from evaluation.metrics.bleu import Bleu, BleuSource
from evaluation.metrics.registry import register
from evaluation.metrics.tokenizers import Tokenizer
from evaluation.types import Array

ALPHA = 0.8
"""The weight of the references, as in Choshen & Abend (2018); the source has the rest."""


@register("ibleu", "sources", "references", cost="low")
@dataclass(frozen=True)
class IBleu(BaseMetric):
    """iBLEU: `alpha` BLEU(references) - (1 - `alpha`) BLEU(source) of each segment, at most 100.

    `tokenize` cuts texts into words.
    """

    alpha: Annotated[float, Field(ge=0, le=1)] = ALPHA
    tokenize: Tokenizer = "13a"

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,).

        Raises:
            ValueError: sources or references are missing, or a segment has no reference.
            ImportError: see `tokenizers.tokenizer`.
        """
        near = Bleu(tokenize=self.tokenize).segment_scores(texts)
        same = BleuSource(tokenize=self.tokenize).segment_scores(texts)
        return np.asarray(self.alpha * near - (1 - self.alpha) * same)

    def parameters(self) -> Mapping[str, object]:
        """Return the weight of the references."""
        return {"alpha": self.alpha}
