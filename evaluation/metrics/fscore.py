"""Precision, recall and F-beta over edits, and the base of the metrics that count edits."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Annotated as Bounded
from typing import NamedTuple

import numpy as np
from pydantic import Field

from evaluation.errors import InputError
from evaluation.execution.workers import BLOCK, map_tasks
from evaluation.metrics.base import BaseMetric, Score, Texts
from evaluation.metrics.gold_edits import recut
from evaluation.metrics.tokenizers import EditTokenizer, tokens
from evaluation.records import Annotated
from evaluation.reporting.table import Row, sign
from evaluation.statistics.significance import RESAMPLES, SEED, bootstrap
from evaluation.types import Array


class Counts(NamedTuple):
    """How many edits are right, how many the system proposed, how many the annotator made."""

    correct: int
    proposed: int
    gold: int

    def plus(self, other: "Counts") -> "Counts":
        """Return the sums."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))


Options = Mapping[int, Counts]
"""One segment's counts by each annotator who looked at it, in the annotators' order."""


def f_precision_recall(counts: Array, beta: float) -> Array:
    """Return F-beta, precision and recall, shape (..., 3), of `Counts`, shape (..., 3).

    Nothing proposed is precision 1 and nothing to find is recall 1, as the scorers of the
    shared tasks have it; F is 0 where both are 0, and NaN where a count is.
    """
    correct, proposed, gold = np.moveaxis(counts, -1, 0)
    precision = np.divide(correct, proposed, out=np.ones_like(correct), where=proposed != 0)
    recall = np.divide(correct, gold, out=np.ones_like(correct), where=gold != 0)
    product = (1 + beta**2) * precision * recall
    weighted = beta**2 * precision + recall
    f = np.divide(product, weighted, out=np.zeros_like(product), where=weighted != 0)
    return np.stack([f, precision, recall], axis=-1)


def percentages(counts: Array, beta: float) -> Array:
    """Return `f_precision_recall` from 0 to 100, the scale that figures are reported on."""
    return 100 * f_precision_recall(counts, beta)


def f_half(counts: Array) -> Array:
    """Return F0.5 of `Counts`, shape (..., 3), from 0 to 100."""
    return np.asarray(percentages(counts, beta=0.5)[..., 0])


@dataclass(frozen=True)
class EditMetric(BaseMetric):
    """A metric that is F-beta over edits, with one set of gold edits per annotator.

    Agreement with any one annotator is enough. Over a corpus each segment's annotator is the
    one whose edits make the figures up to there the best, as the scorers of the shared tasks choose
    (so the order of segments can matter); for a segment's own score, the best for it alone.

    Edits are counted in the tokens of `tokenize`; by default those of the gold edits, which ASCII
    spaces separate. Into others the gold edits are cut by `gold_edits.recut`.
    """

    beta: Bounded[float, Field(gt=0, le=100)] = 0.5
    tokenize: EditTokenizer = "m2"

    @abstractmethod
    def options(self, gold: Annotated, hypothesis: str) -> Options:
        """Return one hypothesis's counts by each annotator."""

    @abstractmethod
    def preference(self, counts: Counts) -> tuple[float, ...]:
        """Grade counts: of two annotators, the one whose counts grade higher is chosen."""

    def cut(self, gold: Annotated, hypothesis: str) -> tuple[Annotated, tuple[str, ...]]:
        """Return the gold edits, and the tokens of the hypothesis, as `tokenize` has them.

        Raises:
            ValueError: a text is longer than `edits.MAX_TOKENS`.
            ImportError: see `tokenizers.tokenizer`.
        """
        # Some tokenisers cut a mark otherwise behind a space, which gold edits do not begin with.
        return recut(gold, self.tokenize), tokens(hypothesis.strip(), self.tokenize)

    def counts(self, texts: Texts) -> Array:
        """Return each segment's `Counts` by its chosen annotator, shape (n, 3)."""
        segments = self.all_options(texts)
        chosen = self.choose(segments)
        rows = [options[key] for options, key in zip(segments, chosen, strict=True)]
        return np.array(rows, dtype=np.float64).reshape(-1, 3)

    def segment_scores(self, texts: Texts) -> Array:
        """Return the F-beta of each segment by itself, shape (n,), from 0 to 100."""
        rows = [options[self.choose([options])[0]] for options in self.all_options(texts)]
        counts = np.array(rows, dtype=np.float64).reshape(-1, 3)
        return percentages(counts, self.beta)[:, 0]

    def corpus_score(self, texts: Texts) -> Score:
        """Return F-beta, precision and recall over all segments, from 0 to 100.

        The intervals hold each segment's annotator fixed.
        """
        counts = self.counts(texts)
        parameters = {"n": len(counts), **self.parameters(), "resamples": RESAMPLES, "seed": SEED}
        rows = self.rows(counts, "corpus", self.name)
        return Score(rows, sign(self.name, parameters))

    def rows(self, counts: Array, level: str, name: str) -> tuple[Row, ...]:
        """Return F-beta, precision and recall of `Counts`, shape (n, 3), with intervals."""
        statistic = partial(percentages, beta=self.beta)
        values = statistic(counts.sum(axis=0))
        lows, highs = bootstrap(counts, statistic)
        names = (f"f{self.beta:g}", "precision", "recall")
        return tuple(
            Row(name, level, label, float(value), float(low), float(high), len(counts))
            for label, value, low, high in zip(names, values, lows, highs, strict=True)
        )

    def all_options(self, texts: Texts) -> list[Options]:
        """Return each segment's options.

        Raises:
            ValueError: `texts` has no gold edits, or a segment cannot be scored.
        """
        if texts.gold is None:
            raise InputError("missing-input", f"{self.name} needs gold edits")
        pairs = list(zip(texts.gold, texts.hypotheses, strict=True))
        blocks = [(k, pairs[k : k + BLOCK]) for k in range(0, len(pairs), BLOCK)]
        return list(chain.from_iterable(map_tasks(self._options_of, blocks)))

    def _options_of(self, block: tuple[int, Sequence[tuple[Annotated, str]]]) -> list[Options]:
        before, pairs = block
        segments: list[Options] = []
        for number, (gold, hypothesis) in enumerate(pairs, start=before + 1):
            if not gold.annotations:
                raise ValueError(f"segment {number} has no gold edits")
            try:
                segments.append(self.options(gold, hypothesis))
            except ValueError as error:
                raise ValueError(f"segment {number}: {error}") from error
        return segments

    def choose(self, segments: Iterable[Options]) -> list[int]:
        """Return the annotator each segment is scored by; on a tie the first."""
        running = Counts(0, 0, 0)
        chosen: list[int] = []
        for options in segments:
            grades = {key: self.preference(running.plus(own)) for key, own in options.items()}
            chosen.append(max(grades, key=grades.__getitem__))
            running = running.plus(options[chosen[-1]])
        return chosen
