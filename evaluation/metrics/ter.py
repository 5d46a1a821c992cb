"""TER (Snover et al. 2006), negated so that higher is better, as sacrebleu counts it.

The edits and shifts of words that turn a text into the nearest of those it is compared with,
in percent of their mean length. A text that equals one of them scores 0; all others, less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evaluation.metrics.base import Texts
from evaluation.metrics.overlap import Overlap
from evaluation.metrics.registry import register

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric as Scorer

MAX_TOKENS = 300
"""The most words a text may have. Looking for shifts takes more than quadratic time: a pair of
2,000 words takes minutes, one of this length at most seconds."""


@register("ter", "references")
@dataclass(frozen=True)
class NegativeTer(Overlap):
    """Minus TER, the edits and shifts to the nearest reference, in percent of its words.

    Its rows are called `-TER`, so that they are not mistaken for TER.
    """

    statistic: ClassVar[str] = "-TER"
    factor: ClassVar[float] = -1.0
    case_sensitive: bool = False

    def scorer(self) -> "Scorer":
        """Return sacrebleu's scorer with these options."""
        from sacrebleu.metrics.ter import TER

        return TER(case_sensitive=self.case_sensitive)

    def others(self, texts: Texts) -> Sequence[Sequence[str]]:
        """Return the texts that each hypothesis is compared with.

        Raises:
            ValueError: they are missing, or a text has more than `MAX_TOKENS` words.
        """
        others = super().others(texts)
        for number, pair in enumerate(zip(texts.hypotheses, others, strict=True), start=1):
            longest = max(len(text.split()) for text in (pair[0], *pair[1]))
            if longest > MAX_TOKENS:
                what = f"a text of {longest} words; {MAX_TOKENS} is the limit of {self.name}"
                raise ValueError(f"segment {number}: {what}")
        return others


@register("ter-source", "sources")
class NegativeTerSource(NegativeTer):
    """Minus TER to the source: how little was changed."""
