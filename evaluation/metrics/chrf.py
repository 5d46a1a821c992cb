"""chrF (Popović 2015) and chrF++ (Popović 2017), as sacrebleu counts them, from 0 to 100."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from fastchrf import pairwise_chrf
from pydantic import Field

from evaluation.metrics.base import Texts
from evaluation.metrics.overlap import Overlap, same_others
from evaluation.metrics.registry import register
from evaluation.types import Array

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric as Scorer

Order = Annotated[int, Field(ge=1, le=10)]
WordOrder = Annotated[int, Field(ge=0, le=4)]
Beta = Annotated[int, Field(ge=1, le=10)]


@register("chrf", "references", cost="low")
@dataclass(frozen=True)
class Chrf(Overlap):
    """chrF: the F-score of character n-grams against references.

    With `word_order`, n-grams of words up to that length count too; `beta` weighs recall.
    """

    char_order: Order = 6
    word_order: WordOrder = 0
    beta: Beta = 2

    def scorer(self) -> "Scorer":
        """Return sacrebleu's scorer with these options."""
        from sacrebleu.metrics.chrf import CHRF

        return CHRF(char_order=self.char_order, word_order=self.word_order, beta=self.beta)

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,); raises as `corpus_score`."""
        if self.word_order:
            return super().segment_scores(texts)
        return np.array(self._fast(texts.hypotheses, self.others(texts)), dtype=np.float64)

    def _fast(self, hypotheses: Sequence[str], others: Sequence[Sequence[str]]) -> list[float]:
        """Return each hypothesis's best; references shared by several are read only once."""
        # White space is not counted, but the two libraries disagree on what it is.
        groups = same_others([[_squeezed(text) for text in texts] for texts in others])
        grouped = [[_squeezed(hypotheses[number]) for number in group] for group in groups.values()]
        references = [list(texts) for texts in groups]
        scores = pairwise_chrf(grouped, references, self.char_order, float(self.beta))
        best = {
            number: max(row)
            for group, rows in zip(groups.values(), scores, strict=True)
            for number, row in zip(group, rows, strict=True)
        }
        return [best[number] for number in range(len(hypotheses))]


@register("chrf-source", "sources", cost="low")
class ChrfSource(Chrf):
    """chrF against the source: how much of it a text keeps."""


@register("chrf++", "references", cost="medium")
@dataclass(frozen=True)
class ChrfPlusPlus(Chrf):
    """chrF++: chrF that also counts words and pairs of words, against references."""

    word_order: WordOrder = 2


@register("chrf++-source", "sources", cost="medium")
class ChrfPlusPlusSource(ChrfPlusPlus):
    """chrF++ against the source: how much of it a text keeps."""


def _squeezed(text: str) -> str:
    return "".join(text.split())
