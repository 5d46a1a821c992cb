"""Fluency: how probable a text is to a language model, without source or reference.

Of a causal model the log-probability, of a masked one the pseudo-log-likelihood (Salazar et
al. 2020), in nats: a token's on average, or the whole text's, which falls with its length.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.base import Need, Score, Texts, mean_score
from evaluation.models.causal_lm import PACKAGED, detokenise, load_language_model
from evaluation.models.masked_lm import load_masked_model

DEFAULT = "smollm2"

Array = NDArray[np.float64]


class Witness(NamedTuple):
    """A language model of either kind, and what gives the log-probabilities of texts' tokens."""

    kind: Literal["causal", "masked"]
    score: Callable[[Sequence[str]], list[Array]]


@dataclass(frozen=True)
class Fluency:
    """The log-probability of each text to the language model `model`: mean or total."""

    name: str
    whole: bool
    model: str = DEFAULT

    needs: ClassVar[frozenset[Need]] = frozenset()

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,), in nats a token or a text; at most 0.

        Spaces before punctuation, as corpora have them, are closed first.

        Raises:
            ValueError: a text is empty, or the model is none.
        """
        scored = witness(self.model).score([detokenise(text) for text in texts.hypotheses])
        for number, values in enumerate(scored, start=1):
            if not len(values):
                raise ValueError(f"segment {number} is empty: {self.name} needs a text")
        return np.array([values.sum() if self.whole else values.mean() for values in scored])

    def corpus_score(self, texts: Texts) -> Score:
        """Return the mean over segments; raises the same."""
        scores = self.segment_scores(texts)
        parameters = {"model": self.model, "kind": witness(self.model).kind}
        return mean_score(self.name, scores, parameters)


def fluency(model: str = DEFAULT) -> Fluency:
    """Return the mean log-probability of a text's tokens."""
    return Fluency("fluency", whole=False, model=model)


def fluency_total(model: str = DEFAULT) -> Fluency:
    """Return the log-probability of the whole text."""
    return Fluency("fluency-total", whole=True, model=model)


@lru_cache(maxsize=1)
def witness(name: str) -> Witness:
    """Return the language model that is packaged, in a folder or on the hub.

    Raises:
        ValueError: there is none, or it gives no probabilities of tokens.
    """
    if name not in PACKAGED and _is_masked(name):
        return Witness("masked", load_masked_model(name).score)
    model = load_language_model(name)
    return Witness("causal", lambda texts: [one.log_probabilities for one in model.score(texts)])


def _is_masked(name: str) -> bool:
    """Return whether the model's head is a masked one; raise a `ValueError` if it has none."""
    from transformers import AutoConfig

    try:
        heads = AutoConfig.from_pretrained(name, trust_remote_code=False).architectures or []
    except (OSError, ValueError) as error:
        raise ValueError(f"no language model {name!r}: {error}") from error
    if any(head.endswith("ForMaskedLM") for head in heads):
        return True
    if any(head.endswith(("ForCausalLM", "LMHeadModel")) for head in heads):
        return False
    raise ValueError(f"{name!r} is no language model, but a {', '.join(heads) or 'nameless one'}")
