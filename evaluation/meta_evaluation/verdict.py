"""Words a comparison of metrics as a verdict: which metric to use, and how certain that is."""

from collections.abc import Iterable, Sequence

import numpy as np

from evaluation.meta_evaluation.aligned_scores import AlignedScores
from evaluation.meta_evaluation.correlations import (
    FEWEST_SEGMENTS,
    Comparison,
    at_system_level,
    missing_units,
)
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.statistics.correlation import pearson
from evaluation.statistics.multiple_testing import smallest_difference
from evaluation.types import Array

FEWEST_RESAMPLES = 100
"""With fewer, the bounds of intervals depend on the draw."""


def verdict(comparison: Comparison, level: float = 0.05) -> str:
    """Return `conclusion`, the best metric's figure with its interval, the level and statistic."""
    basis = f"{comparison.level} level, {comparison.statistic}"
    best = comparison.order[0]
    named = f"{comparison.names[best]}{figure(comparison, best)}"
    return f"{_conclusion(comparison, level, named)} [{basis}]"


def conclusion(comparison: Comparison, level: float = 0.05) -> str:
    """Return which metric to use: the best one, or all that the data cannot tell from it.

    A metric cannot be told from the best where its corrected p-value is at least `level` or
    undefined. The best metric is recommended only if its interval leaves out 0 by so much that the
    intervals of all metrics hold together (`Agreement.family_low`).
    """
    return _conclusion(comparison, level, comparison.names[comparison.order[0]])


def _conclusion(comparison: Comparison, level: float, name: str) -> str:
    """Return the conclusion, in which the best metric is called `name`."""
    order = [i for i in comparison.order if not np.isnan(comparison.values[i])]
    if not order:
        return "undefined: the data say nothing of how metrics agree with people"
    best, *others = order
    if np.isnan(comparison.low[best]):
        return f"too few data to recommend a metric; {name} is ahead, without an interval"
    if not (comparison.family_low[best] > 0 and comparison.values[best] > 0):
        by_chance = comparison.low[best] > 0 and comparison.values[best] > 0
        doubt = f", but the best of {len(order)} may be so by chance" if by_chance else ""
        return f"no metric is shown to agree with people; {name} is ahead{doubt}"
    if not others:
        return f"{name} is the only metric with a figure: nothing tells it from others"
    tied = listed([comparison.names[i] for i in others if not comparison.p[best, i] < level])
    worse = listed([comparison.names[i] for i in others if comparison.p[best, i] < level])
    sure = f"(p < {f'{level:g}'.removeprefix('0')} after Holm)"
    if not tied:
        return f"use {name}: best of {len(order)}, clear of all others {sure}"
    if not worse:
        return f"the data cannot tell {name}, which is ahead, from {tied}"
    doubt = f"use {name}, or {tied}, which the data cannot tell from it"
    return f"{doubt}; {name} is clear of {worse} {sure}"


def power_note(aligned: AlignedScores) -> list[str]:
    """Return a warning if there are too few systems to tell the two best metrics apart.

    By `multiple_testing.smallest_difference`, which is about Pearson's r.
    """
    by_system, human = aligned.by_system, aligned.human_by_system
    r = pearson(by_system, human)
    order = [i for i in np.argsort(-r, kind="stable") if abs(r[i]) < 1]
    n = int((~np.isnan(human)).sum())
    if len(order) < 2 or n < 2:
        return []
    first, second = order[:2]
    between = float(pearson(by_system[first], by_system[second]))
    if not abs(between) < 1:
        return []
    needed = smallest_difference(n, float(r[first]), between)
    if r[first] - r[second] >= needed:
        return []
    return [_too_few(n, [aligned.names[i] for i in (first, second)], r[[first, second]], needed)]


def interval_notes(
    aligned: AlignedScores, comparisons: Iterable[Comparison], options: MetaEvaluationOptions
) -> list[str]:
    """Return a note for each level at which a figure has no interval: what it needs, and has."""
    notes = []
    for comparison in comparisons:
        level = comparison.level
        scores, draw = aligned, options.draw
        if level == "system":
            scores, draw = at_system_level(aligned, options)
        unknown = np.isnan(comparison.low) & ~np.isnan(comparison.values)
        faults = missing_units(scores, draw)
        if unknown.any() and not faults:
            faults = [
                f"needs at least {FEWEST_SEGMENTS} segments that define {comparison.statistic}"
            ]
        fault = f"no interval and no recommendation at {level} level: an interval"
        notes += [f"{fault} {words}" for words in faults]
    return notes


def resamples_note(resamples: int) -> list[str]:
    """Return a warning if there are too few resamples for the bounds of a 95% interval."""
    if resamples >= FEWEST_RESAMPLES:
        return []
    few = f"{resamples} resamples are too few for intervals"
    return [f"{few}: their bounds take {FEWEST_RESAMPLES} or more (`plan.resamples`)"]


def permutations_note(k: int, permutations: int, level: float) -> list[str]:
    """Return a warning if there are too few permutations for any p-value to be below `level`.

    The smallest two-sided p-value of a sampled test is 2 / (permutations + 1); Holm multiplies
    it by the number of pairs of the k metrics.
    """
    pairs = k * (k - 1) // 2
    if 2 * pairs / (permutations + 1) < level:
        return []
    needed = int(2 * pairs / level)
    return [f"{permutations} permutations are too few for {pairs} pairs: it takes {needed}"]


def _too_few(n: int, names: Sequence[str], r: Array, needed: float) -> str:
    seen = f"{names[0]} ({r[0]:.3f}) and {names[1]} ({r[1]:.3f}) are {r[0] - r[1]:.3f} apart"
    if np.isinf(needed):
        return f"{n} systems are too few to tell metrics apart: {seen} in r, and no gap would do"
    # Rounded up, as a gap that seems as large as the one that was seen would be told.
    gap = np.ceil(needed * 1000 + 1e-9) / 1000
    return f"{n} systems are few: {seen} in r, where it takes a gap of {gap:.3f} to tell them apart"


def figure(comparison: Comparison, metric: int) -> str:
    """Return the figure of a metric, with its interval, in brackets; empty if it is undefined."""
    value, low, high = (
        float(figures[metric]) for figures in (comparison.values, comparison.low, comparison.high)
    )
    if np.isnan(value):
        return ""
    return f" ({value:.3f}" + ("" if np.isnan(low) else f", 95% {low:.3f} to {high:.3f}") + ")"


def listed(names: Sequence[str]) -> str:
    """Return the names with commas and an "and" before the last."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
