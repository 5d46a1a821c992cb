"""GLEU for grammatical correction (Napoles et al. 2015), in its version without tuning (2016).

BLEU's geometric mean of 1- to 4-gram precisions and its brevity penalty, where the n-grams
that a text shares with the source but not with the reference count against it. This is not
the GLEU of Wu et al. 2016, which does not use the source.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.errors import InputError
from evaluation.metrics.base import BaseMetric, Score, Texts
from evaluation.metrics.registry import register
from evaluation.metrics.tokenizers import Tokenizer, tokens
from evaluation.reporting.table import Row, sign
from evaluation.statistics.significance import RESAMPLES, SEED, bootstrap
from evaluation.types import Array

_ORDER = 4
_DRAWS = 500
_SEED_STEP = 101  # the published scorer seeds its k-th draw with 101 k

NGrams = tuple[Counter[tuple[str, ...]], ...]


@register("gleu", "sources", "references", cost="low")
@dataclass(frozen=True)
class Gleu(BaseMetric):
    """GLEU: BLEU for correction, which punishes what should have been changed, from 0 to 100.

    `tokenize` cuts texts into words.
    """

    tokenize: Tokenizer = "none"

    def segment_scores(self, texts: Texts) -> Array:
        """Return each segment's mean GLEU over its references, shape (n,), no count below 1.

        Raises:
            ValueError: sources or references are missing, or a segment has no reference.
            ImportError: see `tokenizers.tokenizer`.
        """
        counted = _counts(texts, self.tokenize)
        return np.array([gleu(np.maximum(counts, 1)).mean() for counts in counted])

    def corpus_score(self, texts: Texts) -> Score:
        """Return the mean GLEU of 500 draws of one reference a segment; raises the same.

        Drawn as the published scorer does, from the same seeds. The interval is over
        segments, each counted as its references are on average.
        """
        counts = _counts(texts, self.tokenize)
        value = float(gleu(_drawn(counts)).mean())
        mean = np.stack([segment.mean(axis=0) for segment in counts])
        low, high = map(float, bootstrap(mean, gleu))
        parameters = {"n": len(counts), "order": _ORDER, "draws": _DRAWS}
        signature = sign(self.name, {**parameters, "resamples": RESAMPLES, "seed": SEED})
        row = Row(self.name, "corpus", self.registered, value, low, high, len(counts))
        return Score((row,), signature)


def gleu(counts: Array) -> Array:
    """Return GLEU, from 0 to 100, shape (...), of counts, shape (..., 2 + 2 * 4).

    They are the words of hypothesis and reference, then the matches and the n-grams of each
    order. GLEU is 0 where a count is.
    """
    known = np.where((counts > 0).all(axis=-1, keepdims=True), counts, 1.0)
    precisions = np.log(known[..., 2::2] / known[..., 3::2]).mean(axis=-1)
    brevity = np.minimum(0, 1 - known[..., 1] / known[..., 0])
    scores = 100 * np.exp(brevity + precisions)
    return np.where((counts > 0).all(axis=-1), scores, 0.0)


def _drawn(counts: Sequence[Array]) -> Array:
    """Return the sums over segments by one reference each, shape (draws, k)."""
    sizes = [len(segment) for segment in counts]
    if set(sizes) == {1}:
        return np.stack([np.concatenate(counts).sum(axis=0)])
    starts = np.cumsum([0, *sizes[:-1]])
    flat = np.concatenate(counts)
    sums = np.empty((_DRAWS, flat.shape[1]))
    for k in range(_DRAWS):
        chance = random.Random(k * _SEED_STEP)  # noqa: S311
        drawn = [chance.randint(0, size - 1) for size in sizes]
        sums[k] = flat[starts + drawn].sum(axis=0)
    return sums


def _counts(texts: Texts, tokenize: Tokenizer) -> list[Array]:
    """Return each segment's counts by each of its references, shape (references, k)."""
    if texts.sources is None or texts.references is None:
        raise InputError("missing-input", "gleu needs sources and references")
    if not all(texts.references):
        number = list(map(bool, texts.references)).index(False) + 1
        raise ValueError(f"segment {number} has no reference")
    rows = zip(texts.hypotheses, texts.sources, texts.references, strict=True)
    return [
        _segment(*(_n_grams(text, tokenize) for text in (hypothesis, source, *references)))
        for hypothesis, source, references in rows
    ]


def _segment(hypothesis: NGrams, source: NGrams, *references: NGrams) -> Array:
    counts = [_against(hypothesis, source, reference) for reference in references]
    return np.array(counts, dtype=np.float64)


def _against(hypothesis: NGrams, source: NGrams, reference: NGrams) -> list[int]:
    counts = [hypothesis[0].total(), reference[0].total()]
    for ours, theirs, right in zip(hypothesis, source, reference, strict=True):
        kept_wrongly = Counter({gram: n for gram, n in theirs.items() if gram not in right})
        matches = (ours & right).total() - (ours & kept_wrongly).total()
        counts += [max(matches, 0), ours.total()]
    return counts


def _n_grams(text: str, tokenize: Tokenizer) -> NGrams:
    words = tokens(text, tokenize)
    return tuple(
        Counter(words[i : i + n] for i in range(len(words) - n + 1)) for n in range(1, _ORDER + 1)
    )
