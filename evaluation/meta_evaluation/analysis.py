"""Analyses which of several metrics agrees best with one dimension of human judgements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isnan

import numpy as np

from evaluation.meta_evaluation.aligned_scores import (
    AlignedScores,
    HumanScores,
    MetricScores,
    align,
)
from evaluation.meta_evaluation.baselines import OUTPUT, baseline_rows, length_notes
from evaluation.meta_evaluation.coefficients import margin_notes
from evaluation.meta_evaluation.correlations import (
    Comparison,
    segment_comparison,
    system_comparison,
)
from evaluation.meta_evaluation.direction import direction_notes
from evaluation.meta_evaluation.options import Level, MetaEvaluationOptions
from evaluation.meta_evaluation.preference_agreement import preference_comparison
from evaluation.meta_evaluation.raters import rater_rows, under_rater_model
from evaluation.meta_evaluation.verdict import (
    conclusion,
    interval_notes,
    permutations_note,
    power_note,
    resamples_note,
    verdict,
)
from evaluation.reporting.table import Row
from evaluation.types import Array


@dataclass(frozen=True)
class Analysis:
    """The result for one group of segments and one dimension of judgements.

    `comparisons` has, by level, the ranking of the metrics with p-values and clusters; `scores`
    each metric's scores of systems and `human_by_system` people's, shape (systems,); `decisive`
    is the comparison that the conclusion follows from. `conclusion` says which metric to use,
    `verdict` the same with figures; `notes` are caveats. `baselines` are the names in `rows` of
    figures for reference (`meta_evaluation.baselines`), which are in nothing else.
    """

    group: str
    dimension: str
    systems: tuple[str, ...]
    rows: tuple[Row, ...]
    comparisons: Mapping[Level, Comparison]
    scores: Mapping[str, Array]
    human_by_system: Array
    decisive: Comparison
    conclusion: str
    verdict: str
    notes: tuple[str, ...]
    baselines: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The dimension and the group."""
        return f"{self.dimension}, {self.group}" if self.group else self.dimension


def analyse(
    scores: Mapping[str, MetricScores],
    human: HumanScores,
    options: MetaEvaluationOptions,
    group: str = "",
    dimension: str = "quality",
    prefer: Level | None = None,
    lengths: Mapping[str, Array] | None = None,
) -> Analysis:
    """Compare metrics by their agreement with people.

    Args:
        scores: the scores of each metric.
        human: the judgements of the same systems and segments.
        options: the coefficients, intervals and tests.
        group: the name of these segments.
        dimension: the name of the judged quality.
        prefer: the level that decides; by default that of segments where those were judged.
        lengths: the lengths of texts for the baselines (`baselines.text_lengths`), empty if texts
            are not known; None leaves all baselines out.

    Raises:
        ValueError: no metric is given, shapes differ, or a score is infinite.
    """
    human, notes = under_rater_model(human, options)
    aligned, omissions = align(scores, human)
    comparisons, rows, more = _compared(aligned, human, options)
    agreement_rows, undefined = rater_rows(human, options)
    notes += [*omissions, *more, *undefined, *_caveats(aligned, comparisons, options)]
    # Segments come first: by default they decide.
    decisive = comparisons[prefer if prefer in comparisons else next(iter(comparisons))]
    common = aligned.common
    baselines: tuple[str, ...] = ()
    rows = _tested([*rows, *agreement_rows], comparisons.values())
    if lengths is not None:
        below, baselines = baseline_rows(aligned, lengths, options)
        rows += below
        if OUTPUT in lengths:
            notes += length_notes(aligned, lengths[OUTPUT], decisive, options)
    return Analysis(
        group,
        dimension,
        human.systems,
        tuple(rows),
        comparisons,
        dict(zip(common.names, common.by_system, strict=True)),
        common.human_by_system,
        decisive,
        conclusion(decisive, options.level),
        verdict(decisive, options.level),
        tuple(notes),
        baselines,
    )


def _compared(
    aligned: AlignedScores, human: HumanScores, options: MetaEvaluationOptions
) -> tuple[dict[Level, Comparison], list[Row], list[str]]:
    """Return the comparison at each level, the rows of all figures, and notes."""
    comparisons: dict[Level, Comparison] = {}
    rows: list[Row] = []
    notes: list[str] = []
    if aligned.segments_judged:
        comparisons["segment"], rows = segment_comparison(aligned, options)
        if "darr" in options.reported("segment"):
            notes = margin_notes(aligned.human, options.groupings[0], options.margin)
    elif human.preferences is not None:
        pairs = preference_comparison(aligned, human.preferences, options)
        comparisons["segment"], rows, notes = pairs
    comparisons["system"], system_rows = system_comparison(aligned, options)
    return comparisons, [*rows, *system_rows], notes


def _caveats(
    aligned: AlignedScores, comparisons: Mapping[Level, Comparison], options: MetaEvaluationOptions
) -> list[str]:
    """Return notes on how far the comparisons can be relied on."""
    by_text = [c for c in comparisons.values() if c.level == "system" or aligned.segments_judged]
    systems = int((~np.isnan(aligned.common.human_by_system)).sum())
    return [
        *interval_notes(aligned, by_text, options),
        *direction_notes(comparisons.values(), systems),
        *power_note(aligned.common),
        *resamples_note(options.resamples),
        *permutations_note(len(aligned.names), options.permutations, options.level),
    ]


def _tested(rows: Iterable[Row], comparisons: Iterable[Comparison]) -> list[Row]:
    """Return the rows, with p-values where metrics were tested against the best."""
    p: dict[tuple[str, str, str], float] = {
        (name, comparison.level, comparison.statistic): float(value)
        for comparison in comparisons
        for name, value in zip(comparison.names, comparison.p_of_best, strict=True)
        if not isnan(value)
    }
    return [replace(row, p=p.get((row.name, row.level, row.statistic))) for row in rows]
