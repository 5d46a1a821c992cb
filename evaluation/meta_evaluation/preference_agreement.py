"""How often metrics score the output higher that people prefer: figures, intervals and tests."""

import numpy as np

from evaluation.data.preferences import Preferences
from evaluation.meta_evaluation.aligned_scores import AlignedScores
from evaluation.meta_evaluation.correlations import FEWEST_SEGMENTS, Comparison
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.meta_evaluation.significance_tests import preference_tests
from evaluation.reporting.table import Row
from evaluation.statistics.intervals import Agreement, interval
from evaluation.statistics.multiple_testing import clusters
from evaluation.statistics.significance import resampled_sums
from evaluation.statistics.tie_calibration import best_epsilon
from evaluation.types import Array, Booleans, Integers

TAU = "tau of preferences"
"""Of the pairs of which people prefer one: the share that a metric orders alike less the share that
it orders otherwise; a tie of the metric is neither."""

ACCURACY = "accuracy of preferences, ties calibrated"
"""Of all pairs, ties included: the share that a metric judges as people do, where it ties scores
that differ by no more than an epsilon (Deutsch, Foster & Freitag 2023)."""


def preference_comparison(
    aligned: AlignedScores, preferences: Preferences, options: MetaEvaluationOptions
) -> tuple[Comparison, list[Row], list[str]]:
    """Return the comparison of the metrics on pairs of outputs, the rows, and notes.

    The rows are on the pairs that each metric scores, the comparison on those that all do.

    Raises:
        ValueError: the metrics do not score the segments of the preferences.
    """
    if aligned.metrics.shape[2] != len(preferences.segments):
        shapes = f"{aligned.metrics.shape[2]} segments for {len(preferences.segments)}"
        raise ValueError(f"scores of {shapes} on which outputs were compared")
    segment = preferences.segment
    pairs = preferences.first, preferences.second
    scores = [aligned.metrics[:, system, segment] for system in pairs]
    gaps = scores[0] - scores[1]
    alike = np.sign(gaps) * preferences.preferred.astype(np.float64)
    decided = ~np.isnan(gaps) & (preferences.preferred != 0)
    rows = _rows(aligned.names, TAU, _agreement(alike, decided, segment, options), decided)
    rows += _accuracy_rows(aligned.names, gaps, preferences, options)
    common = np.repeat(decided.all(axis=0)[None], len(gaps), axis=0)
    agreement = _agreement(alike, common, segment, options)
    agreed, _ = _by_segment(alike, common, segment)
    tests = preference_tests(agreed, options)
    cluster = clusters(agreement.value, tests.p, options.level)
    figures = agreement.value, agreement.low, agreement.high, agreement.family_low
    comparison = Comparison("segment", TAU, aligned.names, *figures, tests.p, cluster, tests.method)
    return comparison, rows, _notes(common[0], preferences)


def _agreement(
    right: Array, known: Booleans, segment: Integers, options: MetaEvaluationOptions
) -> Agreement:
    """Return the mean of `right` over the known pairs, shape (metrics, pairs), with intervals."""
    sums, counts = _by_segment(right, known, segment)
    value = _ratio(sums.sum(axis=1), counts.sum(axis=1))
    units = int((counts > 0).any(axis=0).sum())
    unknown = np.full(len(value), np.nan)
    if units < FEWEST_SEGMENTS:
        return Agreement(value, unknown, unknown, np.zeros(len(value), np.int64), unknown)
    both = np.concatenate([sums, counts]).T
    drawn = np.concatenate(list(resampled_sums(both, options.resamples, options.seed)))
    ratios = _ratio(drawn[:, : len(value)], drawn[:, len(value) :])
    return Agreement(value, *interval(ratios.T, units))


def _by_segment(right: Array, known: Booleans, segment: Integers) -> tuple[Array, Array]:
    """Return the sums and the numbers of known pairs, each (metrics, segments with pairs)."""
    _, place = np.unique(segment, return_inverse=True)
    n = int(place.max(initial=-1)) + 1
    sums = [np.bincount(place, np.where(k, r, 0), n) for r, k in zip(right, known, strict=True)]
    counts = [np.bincount(place, k.astype(np.float64), n) for k in known]
    return np.stack(sums), np.stack(counts)


def _ratio(part: Array, whole: Array) -> Array:
    return np.asarray(part / np.where(whole > 0, whole, np.nan))


def _accuracy_rows(
    names: tuple[str, ...], gaps: Array, preferences: Preferences, options: MetaEvaluationOptions
) -> list[Row]:
    """Return accuracies with ties calibrated; without ties of people, none."""
    tied = preferences.preferred == 0
    if not tied.any() or tied.all():
        return []
    known = ~np.isnan(gaps)
    size = np.abs(gaps)
    ordered = np.sign(gaps) * preferences.preferred > 0
    right = np.zeros(gaps.shape)
    epsilons = []
    for i, mask in enumerate(known):
        gain = tied[mask].astype(np.float64) - ordered[i, mask]
        at = np.append(size[i, mask], 0.0), np.append(gain, 0.0)
        epsilons.append(best_epsilon(*at, float(ordered[i, mask].sum()))[1])
        right[i] = np.where(size[i] <= epsilons[i], tied, ordered[i])
    agreement = _agreement(right, known, preferences.segment, options)
    rows = _rows(names, ACCURACY, agreement, known)
    return rows + [
        Row(name, "segment", f"{ACCURACY}: its epsilon", epsilon, n=int(mask.sum()))
        for name, epsilon, mask in zip(names, epsilons, known, strict=True)
    ]


def _rows(
    names: tuple[str, ...], statistic: str, agreement: Agreement, known: Booleans
) -> list[Row]:
    rows = []
    for i, name in enumerate(names):
        bounds = [
            None if np.isnan(bound[i]) else float(bound[i])
            for bound in (agreement.low, agreement.high)
        ]
        value, n = float(agreement.value[i]), int(known[i].sum())
        rows.append(Row(name, "segment", statistic, value, bounds[0], bounds[1], n))
    return rows


def _notes(common: Booleans, preferences: Preferences) -> list[str]:
    notes = []
    if ties := int((preferences.preferred == 0).sum()):
        notes.append(f"{ties} of {len(preferences)} comparisons are ties, left out of {TAU}")
    units = len(np.unique(preferences.segment[common]))
    if units < FEWEST_SEGMENTS:
        fault = "no interval and no recommendation at segment level"
        needs = f"an interval needs at least {FEWEST_SEGMENTS} segments, and has {units}"
        notes.append(f"{fault}: {needs}")
    return notes
