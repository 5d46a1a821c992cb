"""chrF, chrF++ (Popović 2015, 2017) and BLEU (Papineni et al. 2002), as sacrebleu counts them.

Against references, or against the source: how much of it a text keeps. From 0 to 100.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Literal

import numpy as np
from fastchrf import pairwise_chrf
from numpy.typing import NDArray
from sacrebleu.metrics.base import Metric as Scorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from evaluation.metrics.base import Need, Score, Texts, compared_with
from evaluation.reporting.table import Row, sign
from evaluation.statistics.significance import RESAMPLES, SEED, bootstrap

SegmentScorer = Callable[[Sequence[str], Sequence[Sequence[str]]], list[float]]
"""Scores each hypothesis by the one of its own texts to compare with that it does best by."""


@dataclass(frozen=True)
class Overlap:
    """What hypotheses have in common with the texts in one field of `Texts`.

    The figure is called `statistic`, or else as the metric is.
    """

    name: str
    against: Literal["sources", "references"]
    scorer: Callable[[], Scorer]
    segment_scorer: SegmentScorer
    statistic: str = ""

    @property
    def needs(self) -> frozenset[Need]:
        """The field of `Texts` that is compared with."""
        return frozenset({self.against})

    def segment_scores(self, texts: Texts) -> NDArray[np.float64]:
        """Return one score a segment, shape (n,); raises as `corpus_score`."""
        scores = self.segment_scorer(texts.hypotheses, self.others(texts))
        return np.array(scores, dtype=np.float64)

    def corpus_score(self, texts: Texts) -> Score:
        """Return sacrebleu's corpus score, signed with its own signature too.

        Raises:
            ValueError: the texts to compare with are not given, or a segment has none.
        """
        scorer = self.scorer()
        # sacrebleu wants all first references, then all second ones, and so on, and shows
        # the counts that its own bootstrap draws from to no one else.
        streams = list(zip_longest(*self.others(texts)))
        counts = np.array(scorer._extract_corpus_statistics(texts.hypotheses, streams), np.float64)
        statistic = partial(_scores, scorer)
        value = statistic(counts.sum(axis=0, keepdims=True))[0]
        low, high = map(float, bootstrap(counts, statistic))
        statistic_name = self.statistic or self.name
        row = Row(self.name, "corpus", statistic_name, float(value), low, high, len(counts))
        parameters = {"against": self.against, "resamples": RESAMPLES, "seed": SEED}
        signature = sign(self.name, {"n": len(counts), **parameters})
        return Score((row,), f"{signature}|sacrebleu|{scorer.get_signature().format()}")

    def others(self, texts: Texts) -> Sequence[Sequence[str]]:
        """Return what each hypothesis is held against.

        Raises:
            ValueError: it is not given, or a segment has none.
        """
        return compared_with(texts, self.against, self.name)


def chrf() -> Overlap:
    """ChrF against references."""
    return Overlap("chrf", "references", CHRF, _fast_chrf)


def chrf_plus_plus() -> Overlap:
    """ChrF++, which also counts words and pairs of words, against references."""
    return Overlap("chrf++", "references", _chrf_plus_plus, each_by(_chrf_plus_plus()))


def bleu() -> Overlap:
    """BLEU against references."""
    return Overlap("bleu", "references", _bleu, each_by(_bleu(effective_order=True)))


def chrf_source() -> Overlap:
    """ChrF against the source."""
    return Overlap("chrf-source", "sources", CHRF, _fast_chrf)


def chrf_plus_plus_source() -> Overlap:
    """ChrF++ against the source."""
    return Overlap("chrf++-source", "sources", _chrf_plus_plus, each_by(_chrf_plus_plus()))


def bleu_source() -> Overlap:
    """BLEU against the source."""
    return Overlap("bleu-source", "sources", _bleu, each_by(_bleu(effective_order=True)))


_chrf_plus_plus = partial(CHRF, word_order=2)
# Text that looks tokenised is counted as any other, without a warning: it may well be.
_bleu = partial(BLEU, force=True)


def _scores(scorer: Scorer, sums: NDArray[np.float64]) -> NDArray[np.float64]:
    scores = [scorer._compute_score_from_stats(row).score for row in sums.tolist()]
    return np.array(scores, dtype=np.float64)


def _fast_chrf(hypotheses: Sequence[str], others: Sequence[Sequence[str]]) -> list[float]:
    """Return each hypothesis's best; references that several have are read once for all."""
    # White space is not counted, but the two libraries disagree on what it is.
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, texts in enumerate(others):
        places[tuple(map(_squeezed, texts))].append(place)
    together = [[_squeezed(hypotheses[place]) for place in some] for some in places.values()]
    found = pairwise_chrf(together, [list(texts) for texts in places])
    best = {
        place: max(scores)
        for some, rows in zip(places.values(), found, strict=True)
        for place, scores in zip(some, rows, strict=True)
    }
    return [best[place] for place in range(len(hypotheses))]


def _squeezed(text: str) -> str:
    return "".join(text.split())


def each_by(scorer: Scorer) -> SegmentScorer:
    """Return what scores each hypothesis by sacrebleu's `scorer`."""
    return lambda hypotheses, others: [
        scorer.sentence_score(hypothesis, list(texts)).score
        for hypothesis, texts in zip(hypotheses, others, strict=True)
    ]
