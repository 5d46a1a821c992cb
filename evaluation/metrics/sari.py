"""SARI (Xu et al. 2016): what a rewriting adds, keeps and deletes, as its references would.

Counted as the authors' own sentence scorer does: each n-gram's share of what was kept or
deleted rightly, averaged over n-grams and then over orders 1 to 4; of additions and of what is
kept the F1, of deletions the precision. What there is none of scores 0. MAX-SARI (Choshen &
Abend 2018) is the best SARI by one reference alone. From 0 to 100.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.base import Need, Score, Texts, compared_with, mean_score

_ORDER = 4

Grams = tuple[Counter[tuple[str, ...]], ...]


@dataclass(frozen=True)
class Sari:
    """SARI by all references together, or the best by `one` of them."""

    name: str
    one: bool
    needs: ClassVar[frozenset[Need]] = frozenset({"sources", "references"})

    def segment_scores(self, texts: Texts) -> NDArray[np.float64]:
        """Return one score a segment, shape (n,).

        Raises:
            ValueError: sources or references are not given, or a segment has no reference.
        """
        references = compared_with(texts, "references", self.name)
        sources = compared_with(texts, "sources", self.name)
        rows = zip(sources, texts.hypotheses, references, strict=True)
        return np.array([self._score(source[0], text, others) for source, text, others in rows])

    def corpus_score(self, texts: Texts) -> Score:
        """Return the mean over segments; raises the same."""
        return mean_score(self.name, self.segment_scores(texts), {"order": _ORDER})

    def _score(self, source: str, hypothesis: str, references: Sequence[str]) -> float:
        if not self.one:
            return sari(source, hypothesis, references)
        return max(sari(source, hypothesis, [reference]) for reference in references)


def sari_metric() -> Sari:
    """Return SARI by all references together."""
    return Sari("sari", one=False)


def max_sari() -> Sari:
    """Return the best SARI by one reference."""
    return Sari("max-sari", one=True)


def sari(source: str, hypothesis: str, references: Sequence[str]) -> float:
    """Return SARI of a text, from 0 to 100."""
    triples = zip(_grams(source), _grams(hypothesis), _summed(tuple(references)), strict=True)
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
def _summed(references: tuple[str, ...]) -> Grams:
    """Return the n-grams of all references together: a segment's are asked for again and again."""
    return tuple(map(_total, zip(*map(_grams, references), strict=True)))


def _total(counts: Iterable[Counter[tuple[str, ...]]]) -> Counter[tuple[str, ...]]:
    total: Counter[tuple[str, ...]] = Counter()
    for one in counts:
        total.update(one)
    return total


@lru_cache(maxsize=4096)
def _grams(text: str) -> Grams:
    words = text.split()
    return tuple(
        Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
        for n in range(1, _ORDER + 1)
    )
