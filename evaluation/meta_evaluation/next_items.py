"""Chooses the segments whose judgements would tell metrics apart: those on which they disagree."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.errors import InputError
from evaluation.execution.progress import Progress
from evaluation.meta_evaluation.config import Config
from evaluation.meta_evaluation.dataset import Dataset, read_dataset
from evaluation.meta_evaluation.human_scores import read_human_scores
from evaluation.meta_evaluation.run import Benchmark
from evaluation.meta_evaluation.score_tables import read_score_tables
from evaluation.meta_evaluation.scoring import score_all
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import known_mean
from evaluation.types import Array, Booleans

LEVEL = "next"
"""The level of the rows of chosen segments."""


@dataclass(frozen=True)
class NextItems:
    """Segments to annotate next, the most useful first, by two metrics (or one).

    `disagreement` is the variance over systems of the difference of the two metrics' standardised
    scores; `variance` the mean over metrics of the variance over systems of these scores, the
    "metric variance" of Zouhar et al. (2025, "How to Select Datapoints for Efficient Human
    Evaluation of NLG Models?"). Segments are sorted by the former, or by the latter where there is
    one metric. `judged` says that all segments have judgements, so that these are chosen again.
    """

    metrics: tuple[str, ...]
    segments: tuple[str, ...]
    disagreement: Array
    variance: Array
    judged: bool

    @property
    def rows(self) -> list[Row]:
        """A row for each segment and figure."""
        both = " and ".join(self.metrics)
        figures = {f"disagreement of {both}": self.disagreement, "variance": self.variance}
        return [
            Row(segment, LEVEL, statistic, float(values[i]))
            for i, segment in enumerate(self.segments)
            for statistic, values in figures.items()
            if not np.isnan(values[i])
        ]

    @property
    def table(self) -> list[list[str | float]]:
        """The lines of a CSV file, with headings."""
        pairs = zip(self.segments, self.disagreement, self.variance, strict=True)
        return [["segment", "disagreement", "variance"], *map(list, pairs)]


def next_items(config: Config, benchmark: Benchmark, n: int, progress: Progress) -> NextItems:
    """Return the n segments to annotate next, of those without a judgement.

    They are chosen by the two metrics that are ahead in the first analysis. Where every segment is
    judged, all are candidates.

    Raises:
        DataError: as `run.run`.
        InputError: fewer than two systems are judged, or n is below 1.
    """
    if n < 1:
        raise InputError("invalid-option", f"{n} segments to annotate; it must be at least 1")
    analysis = benchmark.analyses[0]
    if len(analysis.systems) < 2:
        raise InputError("invalid-data", "metrics disagree on systems, and one alone is judged")
    dataset = read_dataset(config)
    unjudged = _unjudged(config, dataset)
    candidates = np.flatnonzero(unjudged) if unjudged.any() else np.arange(len(unjudged))
    decisive = analysis.decisive
    names = [decisive.names[i] for i in decisive.order[:2]]
    rows = [dataset.systems.index(name) for name in analysis.systems]
    scores = [
        values[rows] for values in _scores(config, dataset, names, list(candidates), progress)
    ]
    disagreement, variance = disagreements(np.stack(scores))
    order = _order(disagreement if len(names) > 1 else variance)[:n]
    return NextItems(
        tuple(names),
        tuple(dataset.segments[candidates[i]] for i in order),
        disagreement[order],
        variance[order],
        not unjudged.any(),
    )


def with_next(report: RunReport, chosen: NextItems) -> RunReport:
    """Return the report of the benchmark with the chosen segments: rows, and a note on them."""
    table = replace(report.table, rows=[*report.table.rows, *chosen.rows])
    by = "disagreement" if len(chosen.metrics) > 1 else "variance"
    note = f"next: {len(chosen.segments)} segments by {by} of {' and '.join(chosen.metrics)}"
    again = "; all segments are judged, and these would be judged again" if chosen.judged else ""
    return replace(report, table=table, notes=[*report.notes, note + again])


def disagreements(scores: Array) -> tuple[Array, Array]:
    """Return disagreement and variance of each segment, shape (segments,); see `NextItems`.

    Args:
        scores: shape (metrics, systems, segments), NaN where one is missing. A figure is NaN for
            fewer than two systems, and disagreement for fewer than two metrics.
    """
    flat = scores.reshape(len(scores), -1)
    centred = flat - known_mean(flat)[:, None]
    size = np.sqrt(known_mean(centred**2))[:, None]
    standard = (centred / np.where(size > 0, size, 1)).reshape(scores.shape)
    variance = np.mean([_variance(values) for values in standard], axis=0)
    if len(standard) < 2:
        return np.full(variance.shape, np.nan), variance
    return _variance(standard[0] - standard[1]), variance


def _variance(values: Array) -> Array:
    """Return the variance over systems, shape (segments,); NaN for fewer than two."""
    known = ~np.isnan(values)
    n = known.sum(axis=0)
    filled = np.where(known, values, 0)
    mean = filled.sum(axis=0) / np.where(n > 0, n, 1)
    squares = (np.where(known, values - mean, 0) ** 2).sum(axis=0)
    return np.asarray(squares / np.where(n > 1, n, np.nan))


def _order(values: Array) -> Array:
    """Return the indices from the largest value; those without a value are left out."""
    order = np.argsort(-values, kind="stable")
    return np.asarray(order[~np.isnan(values[order])])


def _unjudged(config: Config, dataset: Dataset) -> Booleans:
    """Return which segments have no judgement, shape (segments,)."""
    judged = np.zeros(len(dataset.segments), dtype=bool)
    for human in read_human_scores(config, dataset).values():
        if human.values is not None:
            judged |= (~np.isnan(human.values)).any(axis=(0, 1))
    return ~judged


def _scores(
    config: Config,
    dataset: Dataset,
    names: Sequence[str],
    where: Sequence[int],
    progress: Progress,
) -> list[Array]:
    """Return the scores of the metrics `names`, shape (systems, len(where)) each."""
    choices = [choice for choice in config.choices if choice.called in names]
    wanted = np.ones((len(dataset.systems), len(dataset.segments)), dtype=bool)
    scored, _ = score_all(choices, dataset, wanted, {"": where}, progress)
    given, _ = read_score_tables(config, dataset)
    found = {name: np.asarray(metric.segments) for name, metric in scored[""].items()}
    found |= {name: values[:, where] for name, values in given.items()}
    return [found[name] for name in names]
