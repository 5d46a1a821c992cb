"""N-gram overlap as sacrebleu counts it: what chrF, BLEU and TER have in common."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from evaluation.metrics.base import ComparingMetric, Score, Texts
from evaluation.reporting.table import Row, sign
from evaluation.statistics.significance import RESAMPLES, SEED, bootstrap
from evaluation.types import Array

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric as Scorer


@dataclass(frozen=True)
class Overlap(ComparingMetric):
    """Overlap of hypotheses with their references, or with their source, by a sacrebleu scorer."""

    statistic: ClassVar[str] = ""
    """The name of the figure; by default that of the metric."""
    factor: ClassVar[float] = 1.0
    """The factor of sacrebleu's score: -1 where lower is better."""

    @abstractmethod
    def scorer(self) -> "Scorer":
        """Return sacrebleu's scorer of a corpus."""

    def segment_scorer(self) -> "Scorer":
        """Return sacrebleu's scorer of single segments."""
        return self.scorer()

    def hypotheses(self, texts: Texts) -> Sequence[str]:
        """Return the hypotheses as the scorer is given them."""
        return texts.hypotheses

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,); raises as `corpus_score`.

        References that several segments share are read once.
        """
        scorer = self.segment_scorer()
        hypotheses, scores = self.hypotheses(texts), np.empty(len(texts.hypotheses))
        for others, segments in same_others(self.others(texts)).items():
            (known,) = scorer._cache_references([[text] for text in others])
            for i in segments:
                text = scorer._preprocess_segment(hypotheses[i])
                counts = scorer._compute_segment_statistics(text, known)
                scores[i] = scorer._aggregate_and_compute([counts]).score
        return self._signed(scores)

    def corpus_score(self, texts: Texts) -> Score:
        """Return sacrebleu's corpus score; the signature ends with sacrebleu's own.

        Raises:
            ValueError: the texts to compare with are missing, or a segment has none.
        """
        scorer = self.scorer()
        # sacrebleu wants all first references, then all second ones, and so on, and makes
        # the counts that its own bootstrap draws from available to no one else.
        streams = list(zip_longest(*self.others(texts)))
        counts = np.array(
            scorer._extract_corpus_statistics(self.hypotheses(texts), streams), np.float64
        )
        statistic = partial(self._scores, scorer)
        value = statistic(counts.sum(axis=0, keepdims=True))[0]
        low, high = map(float, bootstrap(counts, statistic))
        statistic_name = self.statistic or self.registered
        row = Row(self.name, "corpus", statistic_name, float(value), low, high, len(counts))
        parameters = {"against": self.against, "resamples": RESAMPLES, "seed": SEED}
        signature = sign(self.name, {"n": len(counts), **parameters})
        return Score((row,), f"{signature}|sacrebleu|{scorer.get_signature().format()}")

    def _scores(self, scorer: "Scorer", sums: Array) -> Array:
        return self._signed([scorer._compute_score_from_stats(row).score for row in sums.tolist()])

    def _signed(self, scores: ArrayLike) -> Array:
        # Adding 0.0 turns -0.0 into 0.0.
        return self.factor * np.array(scores, dtype=np.float64) + 0.0


def same_others(others: Iterable[Sequence[str]]) -> dict[tuple[str, ...], list[int]]:
    """Return the indices of the segments that are compared with the same texts, by these."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, texts in enumerate(others):
        groups[tuple(texts)].append(number)
    return groups
