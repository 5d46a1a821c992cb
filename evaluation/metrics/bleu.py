"""BLEU (Papineni et al. 2002), as sacrebleu counts it, from 0 to 100."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from evaluation.metrics.overlap import Overlap
from evaluation.metrics.registry import register
from evaluation.metrics.tokenizers import Tokenizer, tokenizer

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric as Scorer


@register("bleu", "references", cost="low")
@dataclass(frozen=True)
class Bleu(Overlap):
    """BLEU: the precision of word n-grams, with a penalty for brevity, against references.

    `max_order` is the length of the longest n-grams; `tokenize` cuts texts into words.
    """

    max_order: Annotated[int, Field(ge=1, le=10)] = 4
    lowercase: bool = False
    tokenize: Tokenizer = "13a"

    def scorer(self) -> "Scorer":
        """Return sacrebleu's scorer with these options."""
        return self._bleu(effective_order=False)

    def segment_scorer(self) -> "Scorer":
        """Return the scorer of a segment, which leaves out orders the segment is too short for."""
        return self._bleu(effective_order=True)

    def _bleu(self, effective_order: bool) -> "Scorer":
        from sacrebleu.metrics.bleu import BLEU

        # force: text that looks tokenised is scored like any other, without a warning.
        scorer = BLEU(
            lowercase=self.lowercase,
            force=True,
            tokenize="none",
            max_ngram_order=self.max_order,
            effective_order=effective_order,
        )
        # Set here, as sacrebleu does not know all of them.
        scorer.tokenizer = tokenizer(self.tokenize)
        scorer.tokenizer_signature = scorer.tokenizer.signature()
        return scorer


@register("bleu-source", "sources", cost="low")
class BleuSource(Bleu):
    """BLEU against the source: how much of it a text keeps."""
