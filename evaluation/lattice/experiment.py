"""What metrics make of a lattice: every figure of a validation, for one seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.execution.progress import Progress
from evaluation.lattice.chains import Chain, Lattice, build
from evaluation.lattice.config import Plan, Source
from evaluation.lattice.correlations import Corpora, binomial, corpus_rows, sentence_rows
from evaluation.lattice.corruptions import damaged
from evaluation.lattice.gold import Gold
from evaluation.lattice.items import Against, Asked, against, ask
from evaluation.lattice.scoring import score
from evaluation.lattice.sensitivity import type_rows
from evaluation.metrics.base import Metric
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import known_mean
from evaluation.types import Array, Booleans

CORRECT = ("correct",)


@dataclass(frozen=True)
class Climb:
    """What metrics make of a lattice whose source is `source`.

    `rows` has every figure. `systems` has each metric's mean score of each synthetic system, and
    by `corrections` how many they made on average. `gains` has, by metric, how far above the
    source texts are on average after each correction, in standard deviations of one step.
    """

    source: Source
    rows: tuple[Row, ...]
    systems: Mapping[str, Array]
    gains: Mapping[str, Array]


@dataclass(frozen=True)
class Climbed:
    """All climbs on one lattice, how large it is, and what was left out."""

    climbs: tuple[Climb, ...]
    sentences: int
    chains: int
    texts: int
    notes: tuple[str, ...]

    @property
    def size(self) -> dict[str, int]:
        """How many sentences, chains and different texts there are."""
        return {"sentences": self.sentences, "chains": self.chains, "texts": self.texts}


def climb_all(
    applied: Gold, pool: Gold, metrics: Mapping[str, Metric], plan: Plan, progress: Progress
) -> Climbed:
    """Ask metrics about the lattice of `applied`, held against the annotators of `pool`.

    A text that a metric cannot score, and what else cannot be asked, is left out and named.

    Raises:
        ValueError: there is nothing to ask about.
    """
    lattice = build(applied, plan.chains, plan.seed)
    if not any(chain.edits for chain in lattice.chains):
        raise ValueError("no annotator corrects anything: there is nothing to climb")
    harmed = damaged(applied, plan.damage, plan.damages, plan.seed)
    asked, notes = ask(lattice, [*lattice.chains, *harmed], pool, plan.seed)
    if not any(chain.edits for chain in asked.chains):
        raise ValueError("no chain has a reference but its own: it takes two annotators")
    climbs = []
    for source in plan.sources:
        given = against(pool, _sources(lattice, source, plan))
        climb, said = _climb(lattice, asked, given, pool, metrics, plan, source, progress)
        climbs.append(climb)
        notes += said
    notes = tuple(dict.fromkeys((*lattice.notes, *notes)))
    n = len({chain.sentence for chain in asked.chains})
    return Climbed(tuple(climbs), n, len(lattice.chains), lattice.texts, notes)


def _climb(
    lattice: Lattice,
    asked: Asked,
    given: Against,
    pool: Gold,
    metrics: Mapping[str, Metric],
    plan: Plan,
    source: Source,
    progress: Progress,
) -> tuple[Climb, tuple[str, ...]]:
    scores, notes = _scores(metrics, asked, given, progress)
    rows: list[Row] = []
    correct = _only(asked, asked.of_kind(CORRECT))
    for name, values in scores.items():
        rows += sentence_rows(name, correct, values, plan.resamples, plan.seed)
        rows += type_rows(name, correct, values, plan.resamples, plan.seed)
        for kind in plan.damage:
            harmed = _only(asked, asked.of_kind((kind,)))
            rows += _harm_rows(name, harmed, values, plan, kind)
    corpora = _corpora(asked, lattice, plan)
    found, systems = corpus_rows(scores, corpora, plan.resamples, plan.seed)
    rows += found
    if plan.references and source == plan.sources[0]:
        more, said = _by_references(lattice, given, pool, metrics, plan, progress)
        rows += more
        notes += said
    gains = {name: _gains(correct.on_chains(values), plan) for name, values in scores.items()}
    return Climb(source, tuple(rows), systems, gains), tuple(notes)


def _scores(
    metrics: Mapping[str, Metric], asked: Asked, given: Against, progress: Progress
) -> tuple[dict[str, Array], list[str]]:
    """Return each metric's scores of the items; one that can score none is left out, and named."""
    scores, notes = {}, []
    for name, metric in metrics.items():
        values, said = score(metric, asked.items, given, progress)
        notes += said
        if not np.isnan(values).all():
            scores[name] = values
    if not scores:
        raise ValueError(f"no metric could score a text: {'; '.join(notes)}")
    return scores, notes


def _harm_rows(name: str, asked: Asked, values: Array, plan: Plan, kind: str) -> list[Row]:
    if not asked.chains:
        return []
    found = sentence_rows(name, asked, values, plan.resamples, plan.seed)
    return [replace(row, level="damage", statistic=f"{kind}: {row.statistic}") for row in found]


def _by_references(
    lattice: Lattice,
    given: Against,
    pool: Gold,
    metrics: Mapping[str, Metric],
    plan: Plan,
    progress: Progress,
) -> tuple[list[Row], list[str]]:
    """Return figures with fewer references, of the metrics that take any."""
    takers = {name: one for name, one in metrics.items() if {"references", "gold"} & set(one.needs)}
    rows: list[Row] = []
    notes: list[str] = []
    for k in plan.references if takers else ():
        asked, said = ask(lattice, lattice.chains, pool, plan.seed, k)
        scores, more = _scores(takers, asked, given, progress)
        notes += [*said, *more]
        corpora = _corpora(asked, lattice, plan)
        found = corpus_rows(scores, corpora, plan.resamples, plan.seed)[0]
        for name, values in scores.items():
            found += sentence_rows(name, asked, values, plan.resamples, plan.seed)
        rows += [
            replace(row, level="references", statistic=f"{row.statistic}, {k} a sentence")
            for row in found
        ]
    return rows, notes


def _gains(on_chains: Array, plan: Plan) -> Array:
    """Return the mean gain over the source after 0, 1, ... corrections, shape (most + 1,)."""
    width = min(plan.most + 1, on_chains.shape[1])
    gaps = on_chains[:, :width] - on_chains[:, :1]
    steps = np.diff(on_chains, axis=1)
    spread = float(np.nanstd(steps)) if (~np.isnan(steps)).any() else 0.0
    return np.asarray(known_mean(gaps.T) / (spread or np.nan))


def _corpora(asked: Asked, lattice: Lattice, plan: Plan) -> Corpora:
    right = {
        place
        for place, sentence in enumerate(lattice.gold.sentences)
        if not all(sentence.annotations.values())
    }
    kept = [
        k
        for k, chain in enumerate(asked.chains)
        if chain.kind in CORRECT and chain.edits and (plan.disputed or chain.sentence not in right)
    ]
    return Corpora(asked, kept, range(plan.most + 1), plan.variance)


def _only(asked: Asked, which: Booleans) -> Asked:
    chains = [chain for chain, kept in zip(asked.chains, which, strict=True) if kept]
    return Asked(tuple(chains), asked.items, asked.places[which])


def _sources(lattice: Lattice, source: Source, plan: Plan) -> list[str] | None:
    """Return what metrics are told the source is; None is the sentence itself.

    A random source is a text that a synthetic system, drawn at random, makes of the sentence.
    """
    if source == "original":
        return None
    climbing: dict[int, list[Chain]] = {}
    for chain in lattice.chains:
        if chain.edits:
            climbing.setdefault(chain.sentence, []).append(chain)
    return [
        _drawn(climbing.get(place, []), " ".join(sentence.source), place, plan)
        for place, sentence in enumerate(lattice.gold.sentences)
    ]


def _drawn(chains: Sequence[Chain], original: str, place: int, plan: Plan) -> str:
    if not chains:
        return original
    generator = np.random.default_rng([plan.seed, place, 1])
    chain = chains[int(generator.integers(len(chains)))]
    n, p = binomial(int(generator.integers(plan.most + 1)), plan.variance)
    return chain.texts[min(int(generator.binomial(n, p)), len(chain.edits))]
