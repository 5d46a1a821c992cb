"""SARI (Xu et al. 2016): whether a rewriting adds, keeps and deletes what its references do.

Counted as the authors' own sentence scorer does: each n-gram's share of the n-grams kept or
deleted rightly, averaged over n-grams and then over orders 1 to 4; the F1 of additions and of
kept n-grams, the precision of deletions. A part without n-grams scores 0. MAX-SARI (Choshen &
Abend 2018) is the best SARI by one reference alone. From 0 to 100.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evaluation.metrics.base import BaseMetric, Texts, compared_with
from evaluation.metrics.registry import register
from evaluation.metrics.tokenizers import Tokenizer, tokens
from evaluation.types import Array

_ORDER = 4

Grams = tuple[Counter[tuple[str, ...]], ...]


@register("sari", "sources", "references", cost="low")
@dataclass(frozen=True)
class Sari(BaseMetric):
    """SARI: n-grams added, kept and deleted as all references together would.

    `tokenize` cuts texts into words.
    """

    tokenize: Tokenizer = "none"

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,).

        Raises:
            ValueError: sources or references are missing, or a segment has no reference.
            ImportError: see `tokenizers.tokenizer`.
        """
        references = compared_with(texts, "references", self.name)
        sources = compared_with(texts, "sources", self.name)
        rows = zip(sources, texts.hypotheses, references, strict=True)
        return np.array([self.score(source[0], text, others) for source, text, others in rows])

    def parameters(self) -> Mapping[str, object]:
        """Return the length of the longest n-grams."""
        return {"order": _ORDER}

    def score(self, source: str, hypothesis: str, references: Sequence[str]) -> float:
        """Return the score of one text."""
        return sari(source, hypothesis, references, self.tokenize)


@register("max-sari", "sources", "references", cost="low")
class MaxSari(Sari):
    """MAX-SARI: the best SARI by one reference alone."""

    def score(self, source: str, hypothesis: str, references: Sequence[str]) -> float:
        """Return the score of one text."""
        return max(sari(source, hypothesis, [text], self.tokenize) for text in references)


def sari(
    source: str, hypothesis: str, references: Sequence[str], tokenize: Tokenizer = "none"
) -> float:
    """Return SARI of a text, from 0 to 100, in the words that `tokenize` cuts.

    Raises:
        ImportError: see `tokenizers.tokenizer`.
    """
    grams = _grams(source, tokenize), _grams(hypothesis, tokenize)
    triples = zip(*grams, _summed(tuple(references), tokenize), strict=True)
    k = len(references)
    return 100 * sum(_order(*triple, k) for triple in triples) / (3 * _ORDER)


def _order(
    source: Counter[tuple[str, ...]],
    hypothesis: Counter[tuple[str, ...]],
    references: Counter[tuple[str, ...]],
    k: int,
) -> float:
    """Return the sum of the three scores for n-grams of one order, by `k` references."""
    kept, deleted, added = [], [], [gram for gram in hypothesis if gram not in source]
    to_keep = []
    for gram, n in source.items():
        made, wanted = min(n, hypothesis[gram]) * k, min(n * k, references[gram])
        if made:
            kept.append(min(made, wanted) / made)
        if wanted:
            to_keep.append(min(made, wanted) / wanted)
        if gone := n * k - made:
            deleted.append(max(gone - references[gram], 0) / gone)
    right = [gram in references for gram in added]
    to_add = sum(gram not in source for gram in references)
    adding = _f1(_mean(right), sum(right) / to_add if to_add else 0.0)
    return adding + _f1(_mean(kept), _mean(to_keep)) + _mean(deleted)


def _f1(precision: float, recall: float) -> float:
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


@lru_cache(maxsize=4096)
def _summed(references: tuple[str, ...], tokenize: Tokenizer) -> Grams:
    """Return the n-grams of all references together; cached, as all systems share them."""
    grams = [_grams(reference, tokenize) for reference in references]
    return tuple(map(_total, zip(*grams, strict=True)))


def _total(counts: Iterable[Counter[tuple[str, ...]]]) -> Counter[tuple[str, ...]]:
    total: Counter[tuple[str, ...]] = Counter()
    for counter in counts:
        total.update(counter)
    return total


@lru_cache(maxsize=4096)
def _grams(text: str, tokenize: Tokenizer) -> Grams:
    words = tokens(text, tokenize)
    return tuple(
        Counter(words[i : i + n] for i in range(len(words) - n + 1)) for n in range(1, _ORDER + 1)
    )
