"""Which valid corrections a metric rewards, and which it punishes."""

from collections import Counter

import numpy as np

from evaluation.lattice.items import Asked
from evaluation.reporting.table import Row
from evaluation.statistics.significance import bootstrap
from evaluation.types import Array


def type_rows(name: str, asked: Asked, scores: Array, resamples: int, seed: int) -> list[Row]:
    """Return the mean change of a metric's score by the type of the edit made last.

    Commonest types first; below 0 valid corrections are punished. Intervals are over sentences;
    a type met in one sentence alone has none.

    Args:
        name: the metric's.
        asked: the chains.
        scores: of the items, shape (items,).
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """
    on_chains = asked.on_chains(scores)
    gaps = on_chains[:, 1:] - on_chains[:, :-1]
    types = [kind for kind, _ in types_of(asked).most_common()]
    counts = _by_type(asked, gaps, types)
    if not types:
        return []
    sums = counts.sum(axis=0)
    low, high = bootstrap(counts, _means, resamples, seed)
    met = (counts[:, 1::2] > 0).sum(axis=0)
    return [
        Row(name, "type", kind, float(value), *_bounds(low[k], high[k], met[k]), int(n))
        for k, (kind, value, n) in enumerate(zip(types, _means(sums), sums[1::2], strict=True))
    ]


def types_of(asked: Asked) -> Counter[str]:
    """Return how often an edit of each type is made on the chains."""
    return Counter(edit.type for chain in asked.chains for edit in chain.edits)


def _by_type(asked: Asked, gaps: Array, types: list[str]) -> Array:
    """Return sums of changes and how many, type by type, shape (sentences, 2 * types)."""
    number = {kind: k for k, kind in enumerate(types)}
    steps = [
        (row, step, number[edit.type])
        for row, chain in enumerate(asked.chains)
        for step, edit in enumerate(chain.edits)
    ]
    counts = np.zeros((int(asked.sentences.max(initial=-1)) + 1, 2 * len(types)))
    if not steps:
        return counts
    rows, at, kind = np.array(steps).T
    change, sentence = gaps[rows, at], asked.sentences[rows]
    known = ~np.isnan(change)
    np.add.at(counts, (sentence[known], 2 * kind[known]), change[known])
    np.add.at(counts, (sentence[known], 2 * kind[known] + 1), 1)
    return counts


def _means(sums: Array) -> Array:
    totals, n = sums[..., ::2], sums[..., 1::2]
    return np.asarray(totals / np.where(n > 0, n, np.nan))


def _bounds(low: float, high: float, sentences: int) -> tuple[float | None, float | None]:
    """Return an interval where one is known: not of one sentence, nor where resamples lack it."""
    if sentences < 2 or np.isnan(low) or np.isnan(high):
        return None, None
    return float(low), float(high)
