"""Scores a lattice by metrics and computes every figure of a validation, for one seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.execution.progress import Progress
from evaluation.lattice.attacks import attack_rows
from evaluation.lattice.chains import Chain, Lattice, build
from evaluation.lattice.config import LatticeOptions, Source
from evaluation.lattice.correlations import Corpora, binomial, corpus_rows, sentence_rows
from evaluation.lattice.corruptions import corrupted_chains
from evaluation.lattice.gold import Gold
from evaluation.lattice.items import ReferenceSet, ScoredChains, assign_references, reference_set
from evaluation.lattice.scoring import score
from evaluation.lattice.sensitivity import type_rows
from evaluation.metrics.base import Metric
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import known_mean
from evaluation.types import Array

CORRECT = ("correct",)


@dataclass(frozen=True)
class LatticeScores:
    """The figures of all metrics on a lattice, with the sources that `source` names.

    `rows` has every figure. `systems` has each metric's mean score of each synthetic system and,
    under `corrections`, the mean number of corrections that the system made. `gains` has, by
    metric, the mean gain over the source after each correction, in standard deviations of one
    step.
    """

    source: Source
    rows: tuple[Row, ...]
    systems: Mapping[str, Array]
    gains: Mapping[str, Array]


@dataclass(frozen=True)
class LatticeResult:
    """The scores of a lattice for each kind of source, its size, and notes on omissions."""

    by_source: tuple[LatticeScores, ...]
    sentences: int
    chains: int
    texts: int
    notes: tuple[str, ...]

    @property
    def size(self) -> dict[str, int]:
        """The numbers of sentences, chains and different texts."""
        return {"sentences": self.sentences, "chains": self.chains, "texts": self.texts}


def score_lattice(
    applied: Gold,
    pool: Gold,
    metrics: Mapping[str, Metric],
    options: LatticeOptions,
    progress: Progress,
) -> LatticeResult:
    """Score the lattice of the gold edits `applied`, with the annotators of `pool` as references.

    A text that a metric cannot score is left out, with a note.

    Raises:
        ValueError: no annotator corrects anything, or no chain has a reference.
    """
    lattice = build(applied, options.chains, options.seed)
    if not any(chain.edits for chain in lattice.chains):
        raise ValueError("no annotator corrects anything: the lattice has no chains")
    corrupted = corrupted_chains(applied, options.damage, options.damages, options.seed)
    chains, notes = assign_references(lattice, [*lattice.chains, *corrupted], pool, options.seed)
    if not any(chain.edits for chain in chains.chains):
        raise ValueError(
            "no chain has a reference other than its own annotator's: two annotators are needed"
        )
    by_source = []
    for source in options.sources:
        references = reference_set(pool, _sources(lattice, source, options))
        scores, source_notes = _score_source(
            lattice, chains, references, pool, metrics, options, source, progress
        )
        by_source.append(scores)
        notes += source_notes
    notes = tuple(dict.fromkeys((*lattice.notes, *notes)))
    n = len({chain.sentence for chain in chains.chains})
    return LatticeResult(tuple(by_source), n, len(lattice.chains), lattice.texts, notes)


def _score_source(
    lattice: Lattice,
    chains: ScoredChains,
    references: ReferenceSet,
    pool: Gold,
    metrics: Mapping[str, Metric],
    options: LatticeOptions,
    source: Source,
    progress: Progress,
) -> tuple[LatticeScores, tuple[str, ...]]:
    scores, notes = _scores(metrics, chains, references, progress)
    rows: list[Row] = []
    correct = chains.of_kinds(CORRECT)
    for name, values in scores.items():
        rows += sentence_rows(name, correct, values, options.resamples, options.seed)
        rows += type_rows(name, correct, values, options.resamples, options.seed)
        for kind in options.damage:
            rows += _corruption_rows(name, chains.of_kinds((kind,)), values, options, kind)
    corpora = _corpora(chains, lattice, options)
    rows_of_corpora, systems = corpus_rows(scores, corpora, options.resamples, options.seed)
    rows += rows_of_corpora
    # Once is enough: attacks and fewer references are compared with the first source only.
    if source == options.sources[0]:
        scoring = {name: metrics[name] for name in scores}
        attacked, attack_notes = attack_rows(scoring, correct, references, options, progress)
        rows += attacked
        notes += attack_notes
    if options.references and source == options.sources[0]:
        fewer, more_notes = _by_references(lattice, references, pool, metrics, options, progress)
        rows += fewer
        notes += more_notes
    gains = {name: _gains(correct.on_chains(values), options) for name, values in scores.items()}
    return LatticeScores(source, tuple(rows), systems, gains), tuple(notes)


def _scores(
    metrics: Mapping[str, Metric],
    chains: ScoredChains,
    references: ReferenceSet,
    progress: Progress,
) -> tuple[dict[str, Array], list[str]]:
    """Return each metric's scores of the items; a metric that can score none is left out."""
    scores, notes = {}, []
    for name, metric in metrics.items():
        values, metric_notes = score(metric, chains.items, references, progress)
        notes += metric_notes
        if not np.isnan(values).all():
            scores[name] = values
    if not scores:
        raise ValueError(f"no metric could score a text: {'; '.join(notes)}")
    return scores, notes


def _corruption_rows(
    name: str, chains: ScoredChains, values: Array, options: LatticeOptions, kind: str
) -> list[Row]:
    if not chains.chains:
        return []
    rows = sentence_rows(name, chains, values, options.resamples, options.seed)
    return [replace(row, level="damage", statistic=f"{kind}: {row.statistic}") for row in rows]


def _by_references(
    lattice: Lattice,
    references: ReferenceSet,
    pool: Gold,
    metrics: Mapping[str, Metric],
    options: LatticeOptions,
    progress: Progress,
) -> tuple[list[Row], list[str]]:
    """Return figures with fewer references, of the metrics that use references."""
    with_references = {
        name: metric
        for name, metric in metrics.items()
        if {"references", "gold"} & set(metric.needs)
    }
    rows: list[Row] = []
    notes: list[str] = []
    for k in options.references if with_references else ():
        chains, chain_notes = assign_references(lattice, lattice.chains, pool, options.seed, k)
        scores, score_notes = _scores(with_references, chains, references, progress)
        notes += [*chain_notes, *score_notes]
        corpora = _corpora(chains, lattice, options)
        k_rows = corpus_rows(scores, corpora, options.resamples, options.seed)[0]
        for name, values in scores.items():
            k_rows += sentence_rows(name, chains, values, options.resamples, options.seed)
        rows += [
            replace(row, level="references", statistic=f"{row.statistic}, {k} a sentence")
            for row in k_rows
        ]
    return rows, notes


def _gains(on_chains: Array, options: LatticeOptions) -> Array:
    """Return the mean gain over the source after 0, 1, ... corrections, shape (most + 1,)."""
    width = min(options.most + 1, on_chains.shape[1])
    gaps = on_chains[:, :width] - on_chains[:, :1]
    steps = np.diff(on_chains, axis=1)
    spread = float(np.nanstd(steps)) if (~np.isnan(steps)).any() else 0.0
    return np.asarray(known_mean(gaps.T) / (spread or np.nan))


def _corpora(chains: ScoredChains, lattice: Lattice, options: LatticeOptions) -> Corpora:
    """Return the synthetic systems, which correct all sentences, or all disputed ones."""
    disputed = {
        k
        for k, sentence in enumerate(lattice.gold.sentences)
        if not all(sentence.annotations.values())
    }
    usable = [
        k
        for k, chain in enumerate(chains.chains)
        if chain.kind in CORRECT
        and chain.edits
        and (options.disputed or chain.sentence not in disputed)
    ]
    return Corpora(chains, usable, range(options.most + 1), options.variance)


def _sources(lattice: Lattice, source: Source, options: LatticeOptions) -> list[str] | None:
    """Return the sources that metrics are given; None stands for the sentences themselves.

    A random source is the output of a random synthetic system on the sentence.
    """
    if source == "original":
        return None
    correcting: dict[int, list[Chain]] = {}
    for chain in lattice.chains:
        if chain.edits:
            correcting.setdefault(chain.sentence, []).append(chain)
    return [
        _random_source(correcting.get(k, []), " ".join(sentence.source), k, options)
        for k, sentence in enumerate(lattice.gold.sentences)
    ]


def _random_source(
    chains: Sequence[Chain], original: str, sentence: int, options: LatticeOptions
) -> str:
    if not chains:
        return original
    generator = np.random.default_rng([options.seed, sentence, 1])
    chain = chains[int(generator.integers(len(chains)))]
    n, p = binomial(int(generator.integers(options.most + 1)), options.variance)
    return chain.texts[min(int(generator.binomial(n, p)), len(chain.edits))]
