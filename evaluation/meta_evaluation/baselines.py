"""Figures that a metric must exceed: of random scores, of a constant, and of the length of texts.

Perrella et al. (2024) compare metrics with such sentinels: a figure that the length of a text
reaches says little of how a metric sees quality. They are computed as those of metrics are, and
never ranked, tested or recommended.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from evaluation.meta_evaluation.aligned_scores import AlignedScores
from evaluation.meta_evaluation.coefficients import coefficient, on_segments
from evaluation.meta_evaluation.correlations import (
    Comparison,
    at_system_level,
    missing_units,
    segment_figures,
    system_figures,
)
from evaluation.meta_evaluation.dataset import Dataset
from evaluation.meta_evaluation.options import Level, MetaEvaluationOptions
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import (
    Grouping,
    Statistic,
    in_groups,
    known_mean,
    pearson,
    system_level,
    system_scores,
)
from evaluation.statistics.intervals import bootstrap_difference, bootstrap_items
from evaluation.statistics.permutation import Unit
from evaluation.statistics.tie_calibration import accuracies_at
from evaluation.types import Array, Booleans

RANDOM, OUTPUT, SOURCE = "random", "output length", "source length"
NEARLY_LENGTH = 0.99
"""A metric with such a Pearson r with the length of outputs, or above, is the length in effect."""
COPIES = 0.9
"""A system with this share of outputs that are one of their references may be a reference."""


def text_lengths(dataset: Dataset) -> dict[str, Array]:
    """Return the characters of outputs, and of sources if there are, shape (systems, segments).

    A missing output has no length (NaN).
    """
    rows = [dataset.outputs[system] for system in dataset.systems]
    outputs = [[np.nan if text is None else len(text) for text in row] for row in rows]
    lengths = {OUTPUT: np.array(outputs, dtype=np.float64)}
    if dataset.sources is not None:
        sources = np.array([len(text) for text in dataset.sources], dtype=np.float64)
        lengths[SOURCE] = np.broadcast_to(sources, lengths[OUTPUT].shape)
    return lengths


def baseline_rows(
    aligned: AlignedScores, lengths: Mapping[str, Array], options: MetaEvaluationOptions
) -> tuple[list[Row], tuple[str, ...]]:
    """Return the rows of all baselines, and the names under which they stand in these.

    Args:
        aligned: the scores of the metrics.
        lengths: the lengths of texts, as `text_lengths` returns them, of the same systems and
            segments; they may be empty.
        options: the coefficients and intervals; and the seed of the random scores.
    """
    shape = aligned.metrics.shape[1:]
    # A stream of its own: intervals draw from that of the seed alone.
    generator = np.random.default_rng([options.seed, len(RANDOM)])
    scores: dict[str, Array] = {
        RANDOM: generator.random(shape),
        "constant": np.zeros(shape),
        **lengths,
    }
    names = tuple(f"{name} (baseline)" if name in aligned.names else name for name in scores)
    baselines = _like(aligned, names, np.stack(list(scores.values())))
    rows: list[Row] = []
    if baselines.segments_judged:
        rows += segment_figures(baselines, options)[1]
        rows += _chance_rows(baselines, rows)
    by_system, draw = at_system_level(baselines, options)
    rows += system_figures(by_system, options.model_copy(update={"draw": draw}))[1]
    return rows, names


def _like(aligned: AlignedScores, names: tuple[str, ...], scores: Array) -> AlignedScores:
    """Return scores of what people judged, with corpus scores if the metrics have any."""
    if scores.shape[1:] == aligned.human.shape:
        scores = np.where(np.isnan(aligned.human), np.nan, scores)
    has_corpora = any(corpus is not None for corpus in aligned.corpora)
    corpora = [system_scores(one) if has_corpora else None for one in scores]
    return replace(aligned, names=names, metrics=scores, corpora=corpora)


def _chance_rows(baselines: AlignedScores, rows: Iterable[Row]) -> list[Row]:
    """Return the accuracies with ties that random scores can expect, and one tie of everything.

    Random scores order half of the pairs right that people do not tie. Calibration gives each the
    larger one of both figures, or a little more.
    """
    statistic = next((r.statistic for r in rows if r.statistic.startswith("acc_eq")), None)
    if statistic is None:
        return []
    grouping: Grouping = "item" if statistic.endswith("item") else "system"
    same = np.zeros(baselines.human.shape)
    by_group = accuracies_at(same, baselines.human, 0, grouping)
    tied, n = float(known_mean(by_group)), int((~np.isnan(by_group)).sum())
    figures = {"chance: random scores": (1 - tied) / 2, "chance: all tied": tied}
    return [Row(name, "segment", statistic, value, n=n) for name, value in figures.items()]


def length_notes(
    aligned: AlignedScores, length: Array, decisive: Comparison, options: MetaEvaluationOptions
) -> list[str]:
    """Return notes on metrics that are nearly the length of outputs, and on a best not clear of it.

    Args:
        aligned: the scores of the metrics.
        length: the length of outputs, shape (systems, segments).
        decisive: the comparison that the conclusion follows from.
        options: the coefficients and intervals.
    """
    if aligned.metrics.shape[1:] == aligned.human.shape:
        length = np.where(np.isnan(aligned.human), np.nan, length)
    r = pearson(aligned.metrics.reshape(len(aligned.names), -1), length.ravel())
    notes = [
        f"{name} is nearly the length of outputs (Pearson's r {value:.3f} over the judged ones)"
        for name, value in zip(aligned.names, r, strict=True)
        if abs(value) >= NEARLY_LENGTH
    ]
    best = decisive.order[0]
    if abs(r[best]) >= NEARLY_LENGTH or np.isnan(decisive.low[best]):
        return notes
    return notes + _not_clear(aligned, length, decisive, options)


def _not_clear(
    aligned: AlignedScores, length: Array, decisive: Comparison, options: MetaEvaluationOptions
) -> list[str]:
    """Return a note if the best metric is not clear of the length, or of the negated length."""
    best, common = decisive.order[0], aligned.common
    pair = _like(common, ("best", OUTPUT), np.stack([common.metrics[best], length]))
    pair = replace(pair, corpora=[common.corpora[best], pair.corpora[1]])
    pair, statistic, draw = _as_decided(pair, decisive, options)
    value = float(statistic(pair.metrics[1], pair.human))
    if np.isnan(value) or missing_units(pair, draw):
        return []
    pair = replace(pair, metrics=pair.metrics * [[[1]], [[-1 if value < 0 else 1]]])
    low, high = _difference(pair, statistic, draw, decisive.level, options)
    if not low <= 0:
        return []
    of = "shortness" if value < 0 else "length"
    figures = f"{decisive.values[best]:.3f} against {abs(value):.3f}"
    bounds = f"difference 95% {low:.3f} to {high:.3f}"
    name = decisive.names[best]
    return [f"{name}, the best metric, is not clear of the {of} of outputs: {figures}, {bounds}"]


def _as_decided(
    pair: AlignedScores, decisive: Comparison, options: MetaEvaluationOptions
) -> tuple[AlignedScores, Statistic, Unit]:
    """Return the scores, the statistic and the unit to draw of the comparison that decides."""
    if decisive.level == "segment":
        statistic = on_segments(options.segment, options.groupings[0], options.margin)
        return pair, statistic, options.draw
    by_system, draw = at_system_level(pair, options)
    return by_system, system_level(coefficient(options.system)), draw


def _difference(
    pair: AlignedScores,
    statistic: Statistic,
    draw: Unit,
    level: Level,
    options: MetaEvaluationOptions,
) -> tuple[float, float]:
    """Return the 95% bounds of the difference between two metrics' figures."""
    metrics, human = pair.metrics, pair.human
    by_item = (level, options.groupings[0], draw) == ("segment", "item", "item")
    if by_item and options.segment != "darr":  # which counts the pairs of all items together
        # Each segment has a coefficient of its own, computed once for all resamples.
        figure, truth = coefficient(options.segment), in_groups(human, "item")
        best, length = (figure(in_groups(scores, "item"), truth) for scores in metrics)
        of_items = bootstrap_items((best - length)[None], options.resamples, options.seed)
        return float(of_items.low[0]), float(of_items.high[0])
    resampling = statistic, draw, options.resamples, options.seed
    gap = bootstrap_difference(metrics[0], metrics[1], human, *resampling)
    return gap.low, gap.high


def copies_notes(dataset: Dataset, judged: Booleans) -> list[str]:
    """Return a note on each system of which nearly all outputs are one of their references.

    `judged` says whether an output is judged, shape (systems, segments).
    """
    references = [{_squeezed(text) for text in row} - {""} for row in dataset.references or ()]
    notes = []
    for row, system in enumerate(dataset.systems if references else ()):
        known = [i for i in map(int, np.flatnonzero(judged[row])) if references[i]]
        same = sum(_squeezed(dataset.outputs[system][i] or "") in references[i] for i in known)
        if known and same >= COPIES * len(known):
            share = f"{same / len(known):.0%} of its {len(known)} judged segments with references"
            question = "is a reference among the systems? see `without`"
            notes.append(f"the output of {system} is one of the references on {share}: {question}")
    return notes


def _squeezed(text: str) -> str:
    return " ".join(text.split())
