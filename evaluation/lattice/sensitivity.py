"""How much a metric's score changes with each type of valid correction."""

from collections import Counter

import numpy as np

from evaluation.lattice.items import ScoredChains
from evaluation.reporting.table import Row
from evaluation.statistics.significance import bootstrap
from evaluation.types import Array


def type_rows(
    name: str, chains: ScoredChains, scores: Array, resamples: int, seed: int
) -> list[Row]:
    """Return the mean change of a metric's score by the type of the edit that a step makes.

    The most frequent types come first. A value below 0 means that valid corrections are
    punished. Intervals are over sentences; a type in only one sentence has none.

    Args:
        name: the name of the metric.
        chains: the chains and their items.
        scores: the scores of the items, shape (items,).
        resamples: the number of resamples of the bootstrap.
        seed: the seed of the bootstrap.
    """
    on_chains = chains.on_chains(scores)
    gaps = on_chains[:, 1:] - on_chains[:, :-1]
    types = [kind for kind, _ in types_of(chains).most_common()]
    counts = _by_type(chains, gaps, types)
    if not types:
        return []
    sums = counts.sum(axis=0)
    low, high = bootstrap(counts, _means, resamples, seed)
    sentences = (counts[:, 1::2] > 0).sum(axis=0)
    return [
        Row(name, "type", kind, float(value), *_bounds(low[k], high[k], sentences[k]), int(n))
        for k, (kind, value, n) in enumerate(zip(types, _means(sums), sums[1::2], strict=True))
    ]


def types_of(chains: ScoredChains) -> Counter[str]:
    """Return the number of edits of each type on the chains."""
    return Counter(edit.type for chain in chains.chains for edit in chain.edits)


def _by_type(chains: ScoredChains, gaps: Array, types: list[str]) -> Array:
    """Return the sum and the number of changes of each type, shape (sentences, 2 * types)."""
    number = {kind: k for k, kind in enumerate(types)}
    steps = [
        (row, step, number[edit.type])
        for row, chain in enumerate(chains.chains)
        for step, edit in enumerate(chain.edits)
    ]
    counts = np.zeros((int(chains.sentences.max(initial=-1)) + 1, 2 * len(types)))
    if not steps:
        return counts
    rows, at, kind = np.array(steps).T
    change, sentence = gaps[rows, at], chains.sentences[rows]
    known = ~np.isnan(change)
    np.add.at(counts, (sentence[known], 2 * kind[known]), change[known])
    np.add.at(counts, (sentence[known], 2 * kind[known] + 1), 1)
    return counts


def _means(sums: Array) -> Array:
    totals, n = sums[..., ::2], sums[..., 1::2]
    return np.asarray(totals / np.where(n > 0, n, np.nan))


def _bounds(low: float, high: float, sentences: int) -> tuple[float | None, float | None]:
    """Return the interval, or None for a type in one sentence or undefined in resamples."""
    if sentences < 2 or np.isnan(low) or np.isnan(high):
        return None, None
    return float(low), float(high)
