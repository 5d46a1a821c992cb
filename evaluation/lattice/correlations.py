"""Does a metric rank what is corrected further above the rest: sentences, and whole corpora?"""

from collections.abc import Sequence
from dataclasses import replace
from math import isnan

import numpy as np

from evaluation.lattice.items import Asked
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import known_mean, pearson, spearman
from evaluation.statistics.significance import bootstrap
from evaluation.types import Array, Integers

_DECIMALS = 9  # of a corpus score: less is rounding error


def sentence_rows(name: str, asked: Asked, scores: Array, resamples: int, seed: int) -> list[Row]:
    """Return how well a metric orders the texts of each chain: all pairs, and adjacent ones.

    Kendall's tau-a over pairs of one chain: (rightly ordered - wrongly ordered) / all, a tie
    of the metric being neither; NaN where it ties all. The interval is over sentences.

    Args:
        name: the metric's.
        asked: the chains.
        scores: of the items, shape (items,).
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """
    on_chains = asked.on_chains(scores)
    rows = []
    for what, longest in (("all pairs", on_chains.shape[1]), ("adjacent", 2)):
        counts = _pairs(on_chains, asked.sentences, longest)
        low, high = bootstrap(counts, _tau, resamples, seed)
        value, n = float(_tau(counts.sum(axis=0))), int(counts.sum())
        row = Row(name, "sentence", f"tau, {what}", value, n=n)
        known = not (isnan(low) or isnan(high))
        rows.append(replace(row, low=float(low), high=float(high)) if known else row)
    return rows


def _pairs(on_chains: Array, sentences: Integers, longest: int) -> Array:
    """Count pairs ordered rightly, wrongly and not at all, shape (sentences, 3)."""
    counts = np.zeros((int(sentences.max(initial=-1)) + 1, 3))
    for step in range(1, longest):
        gaps = on_chains[:, step:] - on_chains[:, :-step]
        for column, found in enumerate((gaps > 0, gaps < 0, gaps == 0)):
            np.add.at(counts[:, column], sentences, found.sum(axis=1))
    return counts


def _tau(sums: Array) -> Array:
    right, wrong, tied = np.moveaxis(np.asarray(sums), -1, 0)
    whole = np.where(right + wrong > 0, right + wrong + tied, np.nan)
    return np.asarray((right - wrong) / whole)


class Corpora:
    """Synthetic systems: corpora in which ever more corrections are made of each sentence.

    Of the k-th system's sentences, k on average are made, drawn from the binomial
    distribution of that mean whose variance is nearest to a given one; of a sentence with
    fewer, all. The sentences are drawn with replacement for each resample; each has one of
    its annotators' chains drawn, for each system anew (Choshen & Abend 2018).
    """

    def __init__(
        self, asked: Asked, chains: Sequence[int], means: Sequence[int], variance: float
    ) -> None:
        """Take the chains, by their places in `asked`, that systems are drawn from."""
        self._places = asked.places
        self._binomials = [binomial(mean, variance) for mean in means]
        groups: dict[tuple[int, int], list[int]] = {}
        for k in chains:
            chain = asked.chains[k]
            if chain.edits:
                groups.setdefault((chain.sentence, chain.annotator), []).append(k)
        of = list(groups)
        self._chains = np.array([k for group in groups.values() for k in group], dtype=np.int64)
        sizes = [len(group) for group in groups.values()]
        self._starts = np.cumsum([0, *sizes])[: len(sizes)]
        self._sizes = np.array(sizes, dtype=np.int64)
        sentences, first, number = np.unique(
            [sentence for sentence, _ in of], return_index=True, return_counts=True
        )
        self.n = len(sentences)
        self._first, self._number = first, number
        self._longest = (self._places >= 0).sum(axis=1) - 1

    def draw(self, generator: np.random.Generator) -> tuple[Integers, Integers]:
        """Return the places of the items of one resample's systems, and the corrections made.

        Both have the shape (systems, sentences).
        """
        shape = len(self._binomials), self.n
        drawn = generator.integers(self.n, size=self.n)
        group = self._first[drawn] + generator.integers(self._number[drawn], size=shape)
        chain = self._chains[self._starts[group] + generator.integers(self._sizes[group])]
        wanted = [generator.binomial(n, p, size=self.n) for n, p in self._binomials]
        made = np.minimum(np.stack(wanted), self._longest[chain])
        return self._places[chain, made], made


def binomial(mean: int, variance: float) -> tuple[int, float]:
    """Return n and p of the binomial distribution of a mean, its variance as near as can be.

    A variance of the mean and more has no such distribution; the widest there is stands for it.
    """
    if mean <= variance:
        return (0, 0.0) if mean == 0 else (1000 * mean, 0.001)
    n = max(mean, round(mean**2 / (mean - variance)))
    return n, mean / n


def corpus_rows(
    scores: dict[str, Array], corpora: Corpora, resamples: int, seed: int
) -> tuple[list[Row], dict[str, Array]]:
    """Return each metric's correlation with how many corrections were made, and its curve.

    The value is the mean over resampled corpora and the interval holds 95% of them; a metric
    that tells no corpus from another has none. A curve is the mean score of each system.
    """
    generator = np.random.default_rng(seed)
    stacked = np.stack(list(scores.values()))
    made = np.empty((resamples, len(corpora._binomials)))
    found = np.empty((resamples, len(scores), made.shape[1]))
    for k in range(resamples):
        places, steps = corpora.draw(generator)
        made[k] = steps.mean(axis=1)
        found[k] = known_mean(stacked[:, places])
    rows = []
    for number, name in enumerate(scores):
        for statistic, coefficient in (("spearman", spearman), ("pearson", pearson)):
            values = coefficient(np.round(found[:, number], _DECIMALS), made)
            rows.append(_row(name, statistic, values, corpora.n))
    curves = {name: found[:, number].mean(axis=0) for number, name in enumerate(scores)}
    return rows, {"corrections": made.mean(axis=0), **curves}


def _row(name: str, statistic: str, values: Array, n: int) -> Row:
    known = values[~np.isnan(values)]
    # Where only some resamples have a figure, a mean of those would be of a kind apart.
    if len(known) < len(values) or not len(values):
        return Row(name, "corpus", statistic, float("nan"), n=n)
    low, high = np.percentile(known, (2.5, 97.5))
    return Row(name, "corpus", statistic, float(known.mean()), float(low), float(high), n)
