"""Fluency: how probable a text is to a language model, without source or reference.

The log-probability by a causal model, or the pseudo-log-likelihood by a masked one (Salazar et
al. 2020), in nats: the mean of a text's tokens, or the whole text's, which falls with its length.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from evaluation.metrics.base import BaseMetric, Texts
from evaluation.metrics.registry import register
from evaluation.types import Array

DEFAULT = "smollm2"


class LanguageScorer(NamedTuple):
    """A language model of either kind: `score` returns the log-probabilities of texts' tokens."""

    kind: Literal["causal", "masked"]
    score: Callable[[Sequence[str]], list[Array]]


@register("fluency")
@dataclass(frozen=True)
class Fluency(BaseMetric):
    """The mean log-probability of a text's tokens to a language model, in nats; at most 0.

    `model` is a packaged one, a folder or a hub id.
    """

    whole: ClassVar[bool] = False
    model: str = DEFAULT

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,), in nats a token or a text; at most 0.

        Spaces before punctuation, which corpora have, are removed first.

        Raises:
            ValueError: a text is empty, or the language model is unknown.
        """
        from evaluation.models.causal_lm import detokenise

        scored = language_scorer(self.model).score([detokenise(t) for t in texts.hypotheses])
        for number, values in enumerate(scored, start=1):
            if not len(values):
                raise ValueError(f"segment {number} is empty: {self.registered} needs a text")
        return np.array([values.sum() if self.whole else values.mean() for values in scored])

    def parameters(self) -> Mapping[str, object]:
        """Return the model and its kind."""
        return {"model": self.model, "kind": language_scorer(self.model).kind}


@register("fluency-total")
class FluencyTotal(Fluency):
    """The log-probability of a whole text to a language model, in nats; falls with its length."""

    whole: ClassVar[bool] = True


@lru_cache(maxsize=1)
def language_scorer(name: str) -> LanguageScorer:
    """Return the language model that is packaged, in a folder or on the hub.

    Raises:
        ValueError: the model is unknown, or it gives no probabilities of tokens.
    """
    from evaluation.models.causal_lm import load_language_model
    from evaluation.models.masked_lm import load_masked_model
    from evaluation.models.packaged_lm import PACKAGED

    if name not in PACKAGED and _is_masked(name):
        return LanguageScorer("masked", load_masked_model(name).score)
    model = load_language_model(name)
    return LanguageScorer(
        "causal", lambda texts: [scored.log_probabilities for scored in model.score(texts)]
    )


def _is_masked(name: str) -> bool:
    """Return whether the model's head is a masked one; raise a `ValueError` if it has none."""
    from transformers import AutoConfig

    from evaluation.models.hub import loading, place_of

    place = place_of(name, "language model")
    with loading(place, "language model"):
        heads = AutoConfig.from_pretrained(place, trust_remote_code=False).architectures or []
    if any(head.endswith("ForMaskedLM") for head in heads):
        return True
    if any(head.endswith(("ForCausalLM", "LMHeadModel")) for head in heads):
        return False
    raise ValueError(
        f"{name!r} is not a language model, but a {', '.join(heads) or 'nameless one'}"
    )
