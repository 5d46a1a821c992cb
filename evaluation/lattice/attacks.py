"""Attacks metrics with outputs that correct nothing, to test whether corrections score higher.

Each attack is an output for a sentence that an annotator corrected:

    empty       the empty text
    source      a copy of the source
    repetition  the first word of the correction, as often as the correction has words
    other       the correction of another sentence
    salad       the words of the correction in random order
"""

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.execution.progress import Progress
from evaluation.lattice.config import AttackKind, LatticeOptions
from evaluation.lattice.items import Item, ReferenceSet, ScoredChains
from evaluation.lattice.scoring import score
from evaluation.metrics.base import Metric
from evaluation.reporting.table import Row
from evaluation.statistics.significance import bootstrap
from evaluation.types import Array

LEVEL = "attack"
"""The level of the rows of attacks."""


def attack_rows(
    metrics: Mapping[str, Metric],
    chains: ScoredChains,
    references: ReferenceSet,
    options: LatticeOptions,
    progress: Progress,
) -> tuple[list[Row], list[str]]:
    """Return the share of sentences whose correction a metric scores above an attack, and notes.

    A tie does not count as above. A sentence has one correction, the last text of its first chain
    that corrects something; correction and attack have the same references. Intervals are over
    sentences. The rows are by metric and kind, at level `attack`.

    Args:
        metrics: the metrics, by their names in the rows.
        chains: the chains that correct sentences.
        references: the sources, and the references of the items.
        options: the attacks, the number of sentences drawn, and the bootstrap.
        progress: shows the progress of scoring.
    """
    corrections = _corrections(chains, options.attacked, options.seed)
    attacks = {
        kind: _attacked(corrections, references, kind, options.seed) for kind in options.attacks
    }
    items = list(
        dict.fromkeys([*corrections, *(x for pairs in attacks.values() for x in pairs.values())])
    )
    place = {item: k for k, item in enumerate(items)}
    rows: list[Row] = []
    notes: list[str] = []
    for name, metric in metrics.items() if corrections and attacks else ():
        values, metric_notes = score(metric, items, references, progress)
        notes += [f"attacks: {note}" for note in metric_notes]
        for kind, attacked in attacks.items():
            pairs = np.array([[values[place[x]] for x in pair] for pair in attacked.items()])
            rows.append(_row(name, kind, pairs.reshape(-1, 2), options))
    return rows, notes


def _corrections(chains: ScoredChains, n: int, seed: int) -> list[Item]:
    """Return one correction for each of n sentences that have one, drawn at random."""
    found: dict[int, Item] = {}
    for chain, indices in zip(chains.chains, chains.item_indices, strict=True):
        if chain.edits:
            found.setdefault(chain.sentence, chains.items[indices[len(chain.texts) - 1]])
    items = list(found.values())
    drawn = np.random.default_rng(seed).permutation(len(items))[:n]
    return [items[k] for k in sorted(drawn)]


def _attacked(
    corrections: Sequence[Item], references: ReferenceSet, kind: AttackKind, seed: int
) -> dict[Item, Item]:
    """Return the attack on each correction; one with the same text is left out."""
    pairs: dict[Item, Item] = {}
    for k, (sentence, text, keys) in enumerate(corrections):
        words = text.split()
        if kind == "empty":
            attack = ""
        elif kind == "source":
            attack = references.sources[sentence]
        elif kind == "repetition":
            attack = " ".join(words[:1] * len(words))
        elif kind == "other":
            attack = corrections[(k + 1) % len(corrections)][1]
        else:
            order = np.random.default_rng([seed, sentence]).permutation(len(words))
            attack = " ".join(words[i] for i in order)
        if attack != text:
            pairs[sentence, text, keys] = (sentence, attack, keys)
    return pairs


def _row(name: str, kind: AttackKind, pairs: Array, options: LatticeOptions) -> Row:
    """Return the share of pairs, shape (n, 2), whose first score is the higher one."""
    known = pairs[~np.isnan(pairs).any(axis=1)]
    n = len(known)
    if n == 0:
        return Row(name, LEVEL, kind, float("nan"), n=0)
    wins = (known[:, :1] > known[:, 1:]).astype(np.float64)
    counts = np.concatenate([wins, np.ones_like(wins)], axis=1)
    low, high = bootstrap(counts, _share, options.resamples, options.seed)
    value = float(_share(counts.sum(axis=0)))
    return Row(name, LEVEL, kind, value, float(low), float(high), n)


def _share(sums: Array) -> Array:
    return np.asarray(sums[..., 0] / sums[..., 1])
