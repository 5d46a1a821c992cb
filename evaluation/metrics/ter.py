"""TER (Snover et al. 2006), negated so that higher is better, as sacrebleu counts it.

The edits and shifts of words that turn a text into the nearest of those it is held against,
in percent of their mean length. A text that equals one of them scores 0; all others, less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sacrebleu.metrics.ter import TER, TERScore

from evaluation.metrics.base import Texts
from evaluation.metrics.overlap import Overlap, each_by

MAX_TOKENS = 300
"""How many words a text may have. Looking for shifts takes more than quadratic time: a pair of
2,000 words takes minutes, one of this length at most seconds."""


class _Negated(TER):
    def _compute_score_from_stats(self, stats: list[Any]) -> TERScore:
        scored = super()._compute_score_from_stats(stats)
        # Adding nothing turns -0.0 into 0.0.
        return TERScore(-scored.score + 0.0, scored.num_edits, scored.ref_length)


@dataclass(frozen=True)
class NegativeTer(Overlap):
    """Minus TER; its rows are called `-TER`, so that nobody takes them for TER."""

    statistic: str = "-TER"

    def others(self, texts: Texts) -> Sequence[Sequence[str]]:
        """Return what each hypothesis is held against.

        Raises:
            ValueError: it is not given, or a text has more than `MAX_TOKENS` words.
        """
        others = super().others(texts)
        for number, pair in enumerate(zip(texts.hypotheses, others, strict=True), start=1):
            longest = max(len(text.split()) for text in (pair[0], *pair[1]))
            if longest > MAX_TOKENS:
                what = f"a text of {longest} words; {MAX_TOKENS} is the limit of {self.name}"
                raise ValueError(f"segment {number}: {what}")
        return others


def ter() -> NegativeTer:
    """Minus TER against references."""
    return NegativeTer("ter", "references", _Negated, each_by(_Negated()))


def ter_source() -> NegativeTer:
    """Minus TER against the source."""
    return NegativeTer("ter-source", "sources", _Negated, each_by(_Negated()))
