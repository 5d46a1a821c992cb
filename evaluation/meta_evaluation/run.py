"""Runs a benchmark: an analysis for each group of segments and dimension of judgements."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Any

import numpy as np

from evaluation.execution.progress import Progress, Step
from evaluation.meta_evaluation.aligned_scores import HumanScores, MetricScores
from evaluation.meta_evaluation.analysis import Analysis, analyse
from evaluation.meta_evaluation.baselines import copies_notes, text_lengths
from evaluation.meta_evaluation.config import Config
from evaluation.meta_evaluation.correlations import Comparison
from evaluation.meta_evaluation.dataset import Dataset, read_dataset
from evaluation.meta_evaluation.human_scores import read_human_scores
from evaluation.meta_evaluation.judge_preferences import read_judge_preferences
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.meta_evaluation.score_tables import read_score_tables
from evaluation.meta_evaluation.scoring import score_all
from evaluation.meta_evaluation.unmatched import Matching, combined_notes
from evaluation.reporting.table import Table, sign
from evaluation.types import Array, Booleans, Integers

MOST_SEEDS = 100


@dataclass(frozen=True)
class Spread:
    """The conclusions of one analysis under several seeds, with the number of times of each.

    `p` is the smallest and the largest p-value of the best metric against the next.
    """

    conclusions: tuple[tuple[str, int], ...]
    p: tuple[float, float]


@dataclass(frozen=True)
class Benchmark:
    """All analyses, notes on the whole run, and its signature.

    `spreads` is by analysis, in their order; empty where one seed was used. `matching` has, by
    dimension, the judgements and outputs that had no partner.
    """

    name: str
    analyses: tuple[Analysis, ...]
    notes: tuple[str, ...]
    signature: str
    spreads: tuple[Spread, ...] = ()
    matching: Mapping[str, Matching] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """All rows; the title of the analysis precedes each statistic."""
        rows = [
            replace(row, statistic=f"{analysis.title}: {row.statistic}")
            for analysis in self.analyses
            for row in analysis.rows
        ]
        return Table(rows, self.signature)

    @property
    def pairs(self) -> list[tuple[Analysis, Spread | None]]:
        """Each analysis with its spread, if several seeds were used."""
        spreads: Sequence[Spread | None] = self.spreads or [None] * len(self.analyses)
        return list(zip(self.analyses, spreads, strict=True))


def run(config: Config, progress: Progress, seeds: int = 1) -> Benchmark:
    """Run a benchmark, once for each of `seeds` seeds, to see how far chance moves it.

    The figures are those of the configured seed; `spreads` has the range over all seeds.

    Raises:
        DataError: a file cannot be read.
        ValueError: the configuration does not fit the data, or `seeds` is out of bounds.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise ValueError(f"{seeds} seeds; it must be 1 to {MOST_SEEDS}")
    dataset = read_dataset(config)
    by_dimension = read_human_scores(config, dataset)
    # Texts without a judgement are not scored, as scoring is the slow part.
    judged = np.any(
        [_judged(human, len(dataset.segments)) for human in by_dimension.values()], axis=0
    )
    scores, notes = _all_scores(config, dataset, judged, progress)
    notes = [*dataset.notes, *notes, *copies_notes(dataset, judged)]
    lengths = text_lengths(dataset) if config.texts is not None else {}
    rows = np.flatnonzero(judged.any(axis=1))
    if dropped := [name for i, name in enumerate(dataset.systems) if i not in rows]:
        notes.append(f"not judged, and left out: {', '.join(dropped)}")
    matching = {name: human.matching for name, human in by_dimension.items() if human.matching}
    notes += combined_notes(matching)
    pairs = [(group, dimension) for group in dataset.groups for dimension in by_dimension]
    jobs = [Step((group, dimension), f"{group}, {dimension}") for group, dimension in pairs]
    analyses, spreads = [], []
    for job in progress(jobs, "Comparing"):
        group, dimension = job.item
        group_scores = {name: metric.of(rows) for name, metric in scores[group].items()}
        where = dataset.groups[group]
        human = _part(by_dimension[dimension], where, rows)
        baselines = {name: values[rows][:, where] for name, values in lengths.items()}
        by_seed = [
            analyse(
                group_scores,
                human,
                _seeded(config.plan, k),
                group,
                dimension,
                config.level_of_verdict,
                baselines if k == 0 else None,  # only the first is reported whole
            )
            for k in range(seeds)
        ]
        analyses.append(by_seed[0])
        spreads.append(_spread(by_seed))
    signature = sign(f"benchmark {config.name}", config.plan.parameters())
    return Benchmark(
        config.name,
        tuple(analyses),
        tuple(notes),
        signature,
        tuple(spreads) if seeds > 1 else (),
        matching,
    )


def _all_scores(
    config: Config, dataset: Dataset, judged: Array, progress: Progress
) -> tuple[dict[str, dict[str, MetricScores]], list[str]]:
    """Return the scores by group and metric, computed and given ones, and notes."""
    scores, notes = score_all(config.choices, dataset, judged, dataset.groups, progress)
    given, more = read_score_tables(config, dataset)
    for group, where in dataset.groups.items():
        scores[group] |= {name: MetricScores(own[:, where]) for name, own in given.items()}
    for name, group, judge_scores in read_judge_preferences(config, dataset, given):
        scores[group][name] = judge_scores
    return scores, [*notes, *more]


def analysis_fields(analysis: Analysis, spread: Spread | None = None) -> dict[str, Any]:
    """Return the JSON object of an analysis, without its rows; NaN is None."""
    fields: dict[str, Any] = {
        "group": analysis.group,
        "dimension": analysis.dimension,
        "conclusion": analysis.conclusion,
        "verdict": analysis.verdict,
        "notes": list(analysis.notes),
        "comparisons": [comparison_fields(value) for value in analysis.comparisons.values()],
        "baselines": list(analysis.baselines),
    }
    if spread is not None:
        fields["seeds"] = {"conclusions": dict(spread.conclusions), "p": [*map(_number, spread.p)]}
    return fields


def comparison_fields(comparison: Comparison) -> dict[str, Any]:
    """Return the ranking, from the best, with clusters and p-values; NaN is None."""
    names, order = comparison.names, comparison.order
    ranking = [
        {
            "metric": names[i],
            "value": _number(comparison.values[i]),
            "cluster": int(comparison.cluster[i]),
            "p_better_than": {names[j]: _number(comparison.p[i, j]) for j in order if j != i},
        }
        for i in order
    ]
    return {
        "level": comparison.level,
        "statistic": comparison.statistic,
        "test": comparison.method,
        "ranking": ranking,
    }


def _judged(human: HumanScores, segments: int) -> Booleans:
    """Return which outputs are judged, shape (systems, segments)."""
    if human.values is None:
        return np.ones((len(human.systems), segments), dtype=bool)
    return np.asarray((~np.isnan(human.values)).any(axis=0))


def _part(human: HumanScores, where: Sequence[int], rows: Integers) -> HumanScores:
    """Return the scores on the segments at `where` and of the systems at `rows`."""
    systems = tuple(human.systems[i] for i in rows)
    if human.values is None:
        pairs = human.preferences and human.preferences.on(where).among(systems)
        return HumanScores(systems, by_system=np.asarray(human.by_system)[rows], preferences=pairs)
    values = human.values[:, rows][:, :, list(where)]
    rated = np.asarray((~np.isnan(values)).any(axis=(1, 2)))
    segments = tuple(human.segments[i] for i in where) if human.segments else ()
    rated = rated if rated.any() else np.ones_like(rated)
    raters = tuple(compress(human.raters, rated))
    return HumanScores(systems, values[rated], segments=segments, raters=raters)


def _seeded(options: MetaEvaluationOptions, k: int) -> MetaEvaluationOptions:
    return options.model_copy(update={"seed": options.seed + k})


def _spread(analyses: Sequence[Analysis]) -> Spread:
    conclusions = Counter(analysis.conclusion for analysis in analyses)
    orders = [analysis.decisive.order for analysis in analyses]
    p = [
        float(analysis.decisive.p[order[0], order[1]]) if len(order) > 1 else float("nan")
        for analysis, order in zip(analyses, orders, strict=True)
    ]
    return Spread(tuple(conclusions.most_common()), (min(p), max(p)))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
