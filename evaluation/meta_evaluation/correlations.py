"""Agreement of metrics with people on segments and on systems: figures, intervals and tests."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from evaluation.meta_evaluation.aligned_scores import AlignedScores
from evaluation.meta_evaluation.coefficients import (
    CoefficientName,
    coefficient,
    of_items,
    on_segments,
)
from evaluation.meta_evaluation.options import Level, MetaEvaluationOptions
from evaluation.meta_evaluation.significance_tests import PairwiseTests, segment_tests, system_tests
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import Grouping, Statistic, system_level
from evaluation.statistics.intervals import (
    Agreement,
    bootstrap_agreement,
    bootstrap_items,
    interval,
    units_drawn,
)
from evaluation.statistics.kendall import pairwise_accuracy, soft_pairwise_accuracy
from evaluation.statistics.multiple_testing import clusters
from evaluation.statistics.permutation import Unit, compare_systems
from evaluation.statistics.tie_calibration import acc_eq, accuracies_at
from evaluation.types import Array, Booleans, Integers

FEWEST_SEGMENTS = 12
"""Fewer segments are not resampled: on pure noise, their intervals exclude 0 far too often
(`benchmarks/coverage.py`)."""

FEWEST_SYSTEMS = 6
"""Fewer systems are not resampled: most resamples would have only two or three of them."""


@dataclass(frozen=True)
class Comparison:
    """Metrics ranked by one statistic at one level.

    `values`, `low`, `high`, `family_low` (see `Agreement`) and `cluster` have the shape
    (metrics,), on the texts that all metrics score. `p`, shape (metrics, metrics), is the p-value
    of the row being better than the column: two-sided, corrected by Holm, and 1 where it is not
    better. `method` names the test.
    """

    level: Level
    statistic: str
    names: tuple[str, ...]
    values: Array
    low: Array
    high: Array
    family_low: Array
    p: Array
    cluster: Integers
    method: str

    @property
    def order(self) -> list[int]:
        """The indices of the metrics from the best; those without a value are last."""
        return [int(i) for i in np.argsort(-self.values, kind="stable")]

    @property
    def p_of_best(self) -> Array:
        """The p-value of the best being better than each metric, shape (metrics,); NaN for it."""
        best = self.order[0]
        return np.where(np.arange(len(self.names)) == best, np.nan, self.p[best])


def segment_comparison(
    aligned: AlignedScores, options: MetaEvaluationOptions
) -> tuple[Comparison, list[Row]]:
    """Return the comparison of the metrics on segments, and the rows of all figures.

    The rows are on the texts that each metric scores, the comparison on those that all do.
    """
    agreements, rows = segment_figures(aligned, options)
    common, first = aligned.common, options.groupings[0]
    decisive = f"{options.segment}, grouping {first}"
    agreement = agreements[decisive]
    if common is not aligned:
        agreement = _on_segments(common, options.segment, first, options)
    tests = segment_tests(common, options)
    return _comparison(common, "segment", decisive, agreement, tests, options), rows


def segment_figures(
    aligned: AlignedScores, options: MetaEvaluationOptions
) -> tuple[Mapping[str, Agreement], list[Row]]:
    """Return the agreement on segments by statistic, and the rows of all figures."""
    agreements = {
        f"{name}, grouping {grouping}": _on_segments(aligned, name, grouping, options)
        for grouping in options.groupings
        for name in options.reported("segment")
    }
    n = (~np.isnan(aligned.metrics)).sum(axis=(1, 2))
    rows = _all_rows(aligned, "segment", agreements, n)
    rows += _acc_eq_rows(aligned, options)
    return agreements, rows


def system_comparison(
    aligned: AlignedScores, options: MetaEvaluationOptions
) -> tuple[Comparison, list[Row]]:
    """Return the comparison of the metrics on systems, and the rows of all figures.

    As `segment_comparison`; but where a metric has corpus scores, the rows too are on the texts
    that all metrics score.
    """
    scores, draw = at_system_level(aligned, options)
    options = options.model_copy(update={"draw": draw})
    agreements, rows = system_figures(scores, options)
    common = scores.common
    decisive = agreements[options.system]
    if common is not scores:
        decisive = _on_systems(common, options.system, options)
    tests = system_tests(common, options)
    return _comparison(common, "system", options.system, decisive, tests, options), rows


def system_figures(
    scores: AlignedScores, options: MetaEvaluationOptions
) -> tuple[Mapping[str, Agreement], list[Row]]:
    """Return the agreement on systems by statistic, and the rows of all figures.

    `scores` are those that `at_system_level` returns, and `options` draw the units that it does.
    """
    agreements: dict[str, Agreement] = {
        name: _on_systems(scores, name, options) for name in options.reported("system")
    }
    agreements["pairwise accuracy"] = _accuracy(scores, options)
    if scores.means_only:
        agreements["soft pairwise accuracy"] = _soft_accuracies(scores, options)
    rows = _all_rows(scores, "system", agreements, _systems_scored(scores))
    return agreements, rows


def at_system_level(
    aligned: AlignedScores, options: MetaEvaluationOptions
) -> tuple[AlignedScores, Unit]:
    """Return the scores that systems are compared by, and the unit that intervals resample."""
    # A corpus score does not follow from segment scores, so only whole systems can be resampled.
    if aligned.means_only:
        return aligned, options.draw
    return aligned.common.of_systems(), "system"


def _systems_scored(aligned: AlignedScores) -> Integers:
    """Return the number of systems that each metric and people score, shape (metrics,)."""
    known = ~np.isnan(aligned.metrics) & ~np.isnan(aligned.human)
    return np.asarray(known.any(axis=2).sum(axis=1))


def _on_segments(
    aligned: AlignedScores,
    name: CoefficientName,
    grouping: Grouping,
    options: MetaEvaluationOptions,
) -> Agreement:
    if (grouping, options.draw) != ("item", "item"):
        statistic = on_segments(name, grouping, options.margin)
        return _tied(_agreement(aligned, statistic, options), name, options)
    # Each segment has a coefficient of its own, computed once for all resamples.
    values, weights = of_items(name, aligned.metrics, aligned.human, options.margin)
    agreement = bootstrap_items(values, options.resamples, options.seed, weights)
    return _known(agreement, (~np.isnan(values)).sum(axis=1) >= FEWEST_SEGMENTS)


def _on_systems(
    aligned: AlignedScores, name: CoefficientName, options: MetaEvaluationOptions
) -> Agreement:
    agreement = _agreement(aligned, system_level(coefficient(name)), options)
    return _tied(agreement, name, options)


def _tied(agreement: Agreement, name: CoefficientName, options: MetaEvaluationOptions) -> Agreement:
    """Return the figures, without an interval where ties count as right and systems are drawn.

    A system drawn twice would be a pair that metric and people both tie, and so count as right.
    """
    return _known(agreement, options.draw == "item" or name != "kendall_23")


def _agreement(
    aligned: AlignedScores, statistic: Statistic, options: MetaEvaluationOptions
) -> Agreement:
    agreement = bootstrap_agreement(
        aligned.metrics, aligned.human, statistic, options.draw, options.resamples, options.seed
    )
    return _known(agreement, not missing_units(aligned, options.draw))


def missing_units(aligned: AlignedScores, draw: Unit) -> list[str]:
    """Return the units that are drawn and too few for an interval, with the numbers in words."""
    judged = ~np.isnan(aligned.human)
    units = (
        ("segments", draw != "system", int(judged.any(axis=0).sum()), FEWEST_SEGMENTS),
        ("systems", draw != "item", int(judged.any(axis=1).sum()), FEWEST_SYSTEMS),
    )
    return [
        f"needs at least {fewest} {name}, and has {n}"
        for name, is_drawn, n, fewest in units
        if is_drawn and n < fewest
    ]


def _known(agreement: Agreement, has_interval: Booleans | bool) -> Agreement:
    """Return the figures, without an interval where it is unknown or the value is undefined."""
    known = np.asarray(has_interval) & ~np.isnan(agreement.value)
    bounds = agreement.low, agreement.high, agreement.family_low
    low, high, family_low = (np.where(known, bound, np.nan) for bound in bounds)
    return agreement._replace(low=low, high=high, family_low=family_low)


def _accuracy(aligned: AlignedScores, options: MetaEvaluationOptions) -> Agreement:
    """Return the pairwise accuracy; without an interval where systems are drawn.

    A system drawn twice would be a pair that metric and people both tie, and so count as right.
    """
    agreement = _agreement(aligned, system_level(pairwise_accuracy), options)
    return _known(agreement, options.draw == "item")


def _soft_accuracies(aligned: AlignedScores, options: MetaEvaluationOptions) -> Agreement:
    """Return the soft pairwise accuracy of each metric on the texts that it scores."""
    if aligned.common is aligned:
        return _soft_accuracy(aligned, options)
    each = [_soft_accuracy(aligned.alone(i).common, options) for i in range(len(aligned.names))]
    return Agreement(*(np.concatenate(field) for field in zip(*each, strict=True)))


def _soft_accuracy(aligned: AlignedScores, options: MetaEvaluationOptions) -> Agreement:
    """Return the soft pairwise accuracy, with its interval over segments.

    The p-values of resamples are normal approximations, as a permutation test for each would
    take too long.
    """
    p_human = compare_systems(aligned.human, options.permutations, options.seed).p
    p_metrics = [
        compare_systems(scores, options.permutations, options.seed).p for scores in aligned.metrics
    ]
    value = soft_pairwise_accuracy(np.stack(p_metrics), p_human)
    generator = np.random.default_rng(options.seed)
    n = aligned.human.shape[1]
    drawn = generator.multinomial(n, np.full(n, 1 / n), size=options.resamples).astype(np.float64)
    human = _normal_p(aligned.human, drawn)
    resampled = [
        soft_pairwise_accuracy(_normal_p(scores, drawn), human) for scores in aligned.metrics
    ]
    units = units_drawn(aligned.human, "item")
    agreement = Agreement(value, *interval(np.stack(resampled), units))
    return _known(agreement, not missing_units(aligned, "item"))


def _normal_p(scores: Array, drawn: Array) -> Array:
    """Return one-sided p-values of systems' differences, shape (resamples, s, s).

    Args:
        scores: shape (systems, segments).
        drawn: how often each segment is in each resample, shape (resamples, segments).
    """
    gaps = scores[:, None] - scores[None]
    known = np.nan_to_num(gaps).reshape(-1, scores.shape[1]).T
    known = known / max(np.abs(known).max(initial=0), np.finfo(np.float64).tiny)  # for the squares
    size = np.sqrt(drawn @ known**2)
    z = np.where(size > 0, drawn @ known, 0) / np.where(size > 0, size, 1)
    p = ndtr(-z).reshape(len(drawn), len(scores), len(scores))
    return np.where((~np.isnan(gaps)).any(axis=-1), p, np.nan)


def _acc_eq_rows(aligned: AlignedScores, options: MetaEvaluationOptions) -> list[Row]:
    """Return the accuracies with ties calibrated, which compare the systems on each segment.

    Intervals are at the epsilon of all data. With one system, its texts are one group.
    """
    grouping: Grouping = "item" if len(aligned.human) > 1 else "system"
    rows = []
    judged = aligned.human[~np.isnan(aligned.human)]
    if judged.size and np.ptp(judged) == 0:
        return []  # with an epsilon that ties everything, every metric would be right
    for name, values in zip(aligned.names, aligned.metrics, strict=True):
        calibrated = acc_eq(values, aligned.human, grouping)
        low = high = np.full(1, np.nan)
        if grouping == "item" and calibrated.groups >= FEWEST_SEGMENTS:
            accuracies = accuracies_at(values, aligned.human, calibrated.epsilon, grouping)
            found = bootstrap_items(accuracies[None], options.resamples, options.seed)
            low, high = found.low, found.high
        statistic, n = f"acc_eq, grouping {grouping}", calibrated.groups
        rows.append(_row(name, "segment", statistic, calibrated.value, low[0], high[0], n))
        rows.append(Row(name, "segment", f"{statistic}: its epsilon", calibrated.epsilon, n=n))
    return rows


def _comparison(
    aligned: AlignedScores,
    level: Level,
    statistic: str,
    agreement: Agreement,
    tests: PairwiseTests,
    options: MetaEvaluationOptions,
) -> Comparison:
    cluster = clusters(agreement.value, tests.p, options.level)
    figures = agreement.value, agreement.low, agreement.high, agreement.family_low
    return Comparison(level, statistic, aligned.names, *figures, tests.p, cluster, tests.method)


def _all_rows(
    aligned: AlignedScores, level: Level, agreements: Mapping[str, Agreement], n: Integers
) -> list[Row]:
    """Return a row for each statistic and metric; `n` is by metric."""
    return [
        _row(name, level, statistic, value, low, high, int(size))
        for statistic, found in agreements.items()
        for name, value, low, high, size in zip(
            aligned.names, found.value, found.low, found.high, n, strict=True
        )
    ]


def _row(
    name: str, level: Level, statistic: str, value: float, low: float, high: float, n: int
) -> Row:
    bounds = [None if np.isnan(bound) else float(bound) for bound in (low, high)]
    return Row(name, level, statistic, float(value), bounds[0], bounds[1], n)
