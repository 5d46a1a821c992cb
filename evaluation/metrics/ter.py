"""TER (Snover et al. 2006), negated so that higher is better, as sacrebleu counts it.

The edits and shifts of words that turn a text into the nearest of those it is compared with,
in percent of their mean length. A text that equals one of them scores 0; all others, less.

sacrebleu's TER cuts texts at white space, and has options of its own to cut off punctuation
(`normalized`) and Chinese characters (`asian_support`). `tokenize` cuts them before, by any of the
tokenisers that BLEU has: the score is then that of sacrebleu for texts with spaces between tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evaluation.errors import InputError
from evaluation.metrics.base import Texts
from evaluation.metrics.overlap import Overlap
from evaluation.metrics.registry import register
from evaluation.metrics.tokenizers import Tokenizer, tokenizer, tokens

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric as Scorer

MAX_TOKENS = 300
"""The most words a text may have, as it is cut. Looking for shifts takes more than quadratic time:
a pair of 2,000 words takes minutes, one of this length at most seconds."""


@register("ter", "references")
@dataclass(frozen=True)
class NegativeTer(Overlap):
    """Minus TER, the edits and shifts to the nearest reference, in percent of its words.

    Its rows are called `-TER`, so that they are not mistaken for TER. `tokenize` cuts texts into
    words; `normalized` then cuts off punctuation, and with it `asian_support` cuts Chinese
    characters.

    Raises:
        InputError: `asian_support` is asked for without `normalized`.
    """

    statistic: ClassVar[str] = "-TER"
    factor: ClassVar[float] = -1.0
    case_sensitive: bool = False
    tokenize: Tokenizer = "none"
    normalized: bool = False
    asian_support: bool = False

    def __post_init__(self) -> None:
        if self.asian_support and not self.normalized:
            message = f"{self.name}: asian_support needs normalized=true, as in sacrebleu"
            raise InputError("invalid-option", message)

    def scorer(self) -> "Scorer":
        """Return sacrebleu's scorer with these options.

        Raises:
            ImportError: see `tokenizers.tokenizer`.
        """
        from sacrebleu.metrics.ter import TER

        scorer = TER(
            case_sensitive=self.case_sensitive,
            normalized=self.normalized,
            asian_support=self.asian_support,
        )
        if self.tokenize != "none":
            scorer.tokenizer_signature = f"{tokenizer(self.tokenize).signature()}-tercom"
        return scorer

    def hypotheses(self, texts: Texts) -> Sequence[str]:
        """Return the hypotheses with spaces between their tokens; raises as `others`."""
        return list(map(self._spaced, texts.hypotheses))

    def others(self, texts: Texts) -> Sequence[Sequence[str]]:
        """Return the texts that each hypothesis is compared with, with spaces between tokens.

        Raises:
            ValueError: they are missing, or a text has more than `MAX_TOKENS` words.
            ImportError: see `tokenizers.tokenizer`.
        """
        cut = self.scorer()._preprocess_segment
        others = [list(map(self._spaced, row)) for row in super().others(texts)]
        for number, pair in enumerate(zip(self.hypotheses(texts), others, strict=True), start=1):
            longest = max(len(cut(text).split()) for text in (pair[0], *pair[1]))
            if longest > MAX_TOKENS:
                what = f"a text of {longest} words; {MAX_TOKENS} is the limit of {self.name}"
                raise ValueError(f"segment {number}: {what}")
        return others

    def _spaced(self, text: str) -> str:
        # Not by the scorer's own tokeniser: sacrebleu's TER calls that twice for a reference.
        return text if self.tokenize == "none" else " ".join(tokens(text, self.tokenize))


@register("ter-source", "sources")
class NegativeTerSource(NegativeTer):
    """Minus TER to the source: how little was changed."""
