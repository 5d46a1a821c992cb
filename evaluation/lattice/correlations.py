"""How well a metric ranks texts, and whole corpora, by the number of corrections in them."""

from collections.abc import Sequence
from dataclasses import replace
from math import isnan

import numpy as np

from evaluation.lattice.items import ScoredChains
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import known_mean, pearson, spearman
from evaluation.statistics.significance import bootstrap
from evaluation.types import Array, Integers

_DECIMALS = 9  # of a corpus score; further digits are rounding error


def sentence_rows(
    name: str, chains: ScoredChains, scores: Array, resamples: int, seed: int
) -> list[Row]:
    """Return how well a metric orders the texts of each chain: all pairs, and adjacent ones.

    Kendall's tau-a over pairs of one chain: (rightly ordered - wrongly ordered) / all, where a
    tie of the metric is neither; NaN where it ties all pairs. The interval is over sentences.

    Args:
        name: the name of the metric.
        chains: the chains and their items.
        scores: the scores of the items, shape (items,).
        resamples: the number of resamples of the bootstrap.
        seed: the seed of the bootstrap.
    """
    on_chains = chains.on_chains(scores)
    rows = []
    for pairs, longest in (("all pairs", on_chains.shape[1]), ("adjacent", 2)):
        counts = _pairs(on_chains, chains.sentences, longest)
        low, high = bootstrap(counts, _tau, resamples, seed)
        value, n = float(_tau(counts.sum(axis=0))), int(counts.sum())
        row = Row(name, "sentence", f"tau, {pairs}", value, n=n)
        known = not (isnan(low) or isnan(high))
        rows.append(replace(row, low=float(low), high=float(high)) if known else row)
    return rows


def _pairs(on_chains: Array, sentences: Integers, longest: int) -> Array:
    """Count the pairs ordered rightly, ordered wrongly, and tied, shape (sentences, 3)."""
    counts = np.zeros((int(sentences.max(initial=-1)) + 1, 3))
    for step in range(1, longest):
        gaps = on_chains[:, step:] - on_chains[:, :-step]
        for column, pairs in enumerate((gaps > 0, gaps < 0, gaps == 0)):
            np.add.at(counts[:, column], sentences, pairs.sum(axis=1))
    return counts


def _tau(sums: Array) -> Array:
    right, wrong, tied = np.moveaxis(np.asarray(sums), -1, 0)
    whole = np.where(right + wrong > 0, right + wrong + tied, np.nan)
    return np.asarray((right - wrong) / whole)


class Corpora:
    """Synthetic systems: corpora in which ever more corrections are made of each sentence.

    The k-th system makes k corrections of a sentence on average. Their number is drawn from the
    binomial distribution with this mean whose variance is nearest to a given one; of a sentence
    with fewer corrections, all are made. Sentences are drawn with replacement for each resample;
    for each system, one of the chains of each sentence is drawn (Choshen & Abend 2018).
    """

    def __init__(
        self, chains: ScoredChains, usable: Sequence[int], means: Sequence[int], variance: float
    ) -> None:
        """Take the chains, and the indices of those that systems are drawn from."""
        self._items = chains.item_indices
        self._binomials = [binomial(mean, variance) for mean in means]
        # First an annotator is drawn, then a chain: annotators with more chains count no more.
        groups: dict[tuple[int, int], list[int]] = {}
        for k in usable:
            chain = chains.chains[k]
            if chain.edits:
                groups.setdefault((chain.sentence, chain.annotator), []).append(k)
        self._chains = np.array([k for group in groups.values() for k in group], dtype=np.int64)
        sizes = [len(group) for group in groups.values()]
        self._starts = np.cumsum([0, *sizes])[: len(sizes)]
        self._sizes = np.array(sizes, dtype=np.int64)
        sentences, first, number = np.unique(
            [sentence for sentence, _ in groups], return_index=True, return_counts=True
        )
        self.n = len(sentences)
        self._first, self._number = first, number
        self._longest = (self._items >= 0).sum(axis=1) - 1

    def draw(self, generator: np.random.Generator) -> tuple[Integers, Integers]:
        """Return the indices of the items of one resample's systems, and the corrections made.

        Both have the shape (systems, sentences).
        """
        shape = len(self._binomials), self.n
        drawn = generator.integers(self.n, size=self.n)
        group = self._first[drawn] + generator.integers(self._number[drawn], size=shape)
        chain = self._chains[self._starts[group] + generator.integers(self._sizes[group])]
        wanted = [generator.binomial(n, p, size=self.n) for n, p in self._binomials]
        made = np.minimum(np.stack(wanted), self._longest[chain])
        return self._items[chain, made], made


def binomial(mean: int, variance: float) -> tuple[int, float]:
    """Return n and p of the binomial distribution with a mean and the nearest possible variance.

    The variance of a binomial distribution is below its mean; for a larger one, p = .001, which
    comes close to the mean, is used.
    """
    if mean <= variance:
        return (0, 0.0) if mean == 0 else (1000 * mean, 0.001)
    n = max(mean, round(mean**2 / (mean - variance)))
    return n, mean / n


def corpus_rows(
    scores: dict[str, Array], corpora: Corpora, resamples: int, seed: int
) -> tuple[list[Row], dict[str, Array]]:
    """Return each metric's correlation with the number of corrections, and its curve.

    The value is the mean over resampled corpora and the interval covers 95% of them; a metric
    that scores all corpora alike has none. A curve is the mean score of each system.
    """
    generator = np.random.default_rng(seed)
    stacked = np.stack(list(scores.values()))
    made = np.empty((resamples, len(corpora._binomials)))
    means = np.empty((resamples, len(scores), made.shape[1]))
    for k in range(resamples):
        items, steps = corpora.draw(generator)
        made[k] = steps.mean(axis=1)
        means[k] = known_mean(stacked[:, items])
    rows = []
    for number, name in enumerate(scores):
        for statistic, coefficient in (("spearman", spearman), ("pearson", pearson)):
            values = coefficient(np.round(means[:, number], _DECIMALS), made)
            rows.append(_row(name, statistic, values, corpora.n))
    curves = {name: means[:, number].mean(axis=0) for number, name in enumerate(scores)}
    return rows, {"corrections": made.mean(axis=0), **curves}


def _row(name: str, statistic: str, values: Array, n: int) -> Row:
    known = values[~np.isnan(values)]
    # The mean of the resamples that happen to have a figure would be biased.
    if len(known) < len(values) or not len(values):
        return Row(name, "corpus", statistic, float("nan"), n=n)
    low, high = np.percentile(known, (2.5, 97.5))
    return Row(name, "corpus", statistic, float(known.mean()), float(low), float(high), n)
