"""Whether a judge prefers a position, long texts or its own family, beyond what people prefer."""

from collections.abc import Iterator

import numpy as np

from evaluation.certificate.agreement import FEWEST_SEGMENTS
from evaluation.certificate.options import Compared, Options
from evaluation.errors import InputError
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import segment_level, spearman
from evaluation.statistics.intervals import bootstrap_agreement
from evaluation.statistics.significance import bootstrap
from evaluation.types import Array, Booleans, Integers

_LENGTH = "residual and length, spearman"
_POSITION = "first position, less the others"
_OWN = "own family, less the others"

UNMEASURED = {
    _LENGTH: "items with labels do not differ in length, or not in residual",
    _POSITION: "items with labels do not differ in position",
    _OWN: "items with labels are not of both the own family and others",
}
"""Why the value of a statistic is NaN."""


def bias_rows(scores: Compared, options: Options) -> Iterator[Row]:
    """Yield the biases that the table of the judge lets one measure, intervals over segments.

    Raises:
        InputError: `own` names no system, and no family of the table.
    """
    table = scores.matched.scores
    residual = residuals(scores)
    if table.length is not None:
        yield _by_length(scores, residual, table.mean(table.length), options)
    if table.position is not None:
        yield _by_position(scores, residual, table.position, options)
    if options.own:
        yield own_gap(scores, options)


def own_gap(scores: Compared, options: Options) -> Row:
    """Return the mean residual of the systems of `own`, less that of the others.

    Raises:
        InputError: `own` names no system, and no family of the table.
    """
    values = residuals(scores).ravel()[scores.matched.scores.item]
    own = _is_own(scores, options.own)
    return _difference(scores, _OWN, values, own, ~np.isnan(values), options)


def residuals(scores: Compared) -> Array:
    """Return the judge's scores less those that people's predict by regression, NaN without them.

    The shape is (systems, segments).
    """
    rated = ~np.isnan(scores.mean) & ~np.isnan(scores.consensus)
    human, judge = scores.consensus[rated], scores.mean[rated]
    centred = human - human.mean()
    slope = float(centred @ judge / (centred @ centred)) if np.ptp(human) > 0 else 0.0
    return np.asarray(scores.mean - judge.mean() - slope * (scores.consensus - human.mean()))


def _by_length(scores: Compared, residual: Array, length: Array, options: Options) -> Row:
    both = ~np.isnan(residual) & ~np.isnan(length)
    segments = both.any(axis=0)
    if not segments.any():
        return _bias(scores, _LENGTH, (float("nan"),) * 3, 0, 0)
    found = bootstrap_agreement(
        residual[None, :, segments],
        length[:, segments],
        segment_level(spearman, "none"),
        "item",
        options.resamples,
        options.seed,
    )
    value = float(found.value[0])
    figures = value, float(found.low[0]), float(found.high[0])
    return _bias(scores, _LENGTH, figures, int(both.sum()), int(segments.sum()))


def _by_position(scores: Compared, residual: Array, position: Array, options: Options) -> Row:
    """Return the mean at the first position less the others, within items scored at several.

    Where no item is, the residuals of items with labels are compared.
    """
    table = scores.matched.scores
    known = ~np.isnan(position)
    first = position == np.min(position, where=known, initial=np.inf)
    size = residual.size
    at_first = np.bincount(table.item[first], minlength=size)[table.item]
    elsewhere = np.bincount(table.item[known & ~first], minlength=size)[table.item]
    swapped = known & (at_first > 0) & (elsewhere > 0)
    if swapped.any():
        values = table.score - table.mean(table.score).ravel()[table.item]
        return _difference(scores, _POSITION, values, first, swapped, options)
    values = residual.ravel()[table.item]
    known &= ~np.isnan(values)
    return _difference(scores, _POSITION, values, first, known, options)


def _difference(
    scores: Compared,
    statistic: str,
    values: Array,
    group: Booleans,
    known: Booleans,
    options: Options,
) -> Row:
    """Return the mean of the rows in a group less that of the others."""
    segment = scores.matched.scores.segment
    counts = _sums(segment[known], values[known], group[known])
    n = int(known.sum())
    if not (counts.sum(axis=0)[1::2] > 0).all():
        return _bias(scores, statistic, (float("nan"),) * 3, n, 0)
    bounds = bootstrap(counts, _gap, options.resamples, options.seed)
    figures = float(_gap(counts.sum(axis=0))), float(bounds.low), float(bounds.high)
    return _bias(scores, statistic, figures, n, len(counts))


def _sums(segment: Integers, values: Array, group: Booleans) -> Array:
    """Return the sum and number of each segment's values in the group, and of others: (n, 4)."""
    _, place = np.unique(segment, return_inverse=True)
    columns = [values * group, group, values * ~group, ~group]
    size = int(place.max(initial=-1)) + 1
    sums = [np.bincount(place, column.astype(np.float64), minlength=size) for column in columns]
    return np.stack(sums, axis=1)


def _gap(sums: Array) -> Array:
    """Return the difference of means; 0 for a resample that lacks one of the groups."""
    inside, n_inside, outside, n_outside = np.moveaxis(sums, -1, 0)
    both = (n_inside > 0) & (n_outside > 0)
    gap = inside / np.maximum(n_inside, 1) - outside / np.maximum(n_outside, 1)
    return np.where(both, gap, 0.0)


def _bias(
    scores: Compared, statistic: str, figures: tuple[float, float, float], n: int, segments: int
) -> Row:
    value, low, high = figures
    name = scores.matched.scores.judge
    if segments < FEWEST_SEGMENTS or np.isnan(figures).any():
        return Row(name, "bias", statistic, value, n=n)
    return Row(name, "bias", statistic, value, low, high, n)


def _is_own(scores: Compared, own: tuple[str, ...]) -> Booleans:
    """Return which rows are of a system, or of a family, that the judge belongs to."""
    table = scores.matched.scores
    of_rows = [table.systems[i] for i in table.system]
    if table.family is not None and set(own) & set(table.family):
        of_rows = list(table.family)
    if unknown := sorted(set(own) - set(of_rows)):
        listed = ", ".join(sorted(set(of_rows))[:20])
        raise InputError("unknown-name", f"no system or family {unknown[0]!r}; there are {listed}")
    return np.isin(np.array(of_rows), own)
