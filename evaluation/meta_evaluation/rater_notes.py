"""Notes on the raters of a benchmark: who is left out, and whose severity or scales differ."""

from collections.abc import Iterator, Sequence

import numpy as np

from evaluation.statistics.rater_ceiling import ceiling
from evaluation.statistics.rater_models import (
    RaterModel,
    apply_rater_model,
    rater_spreads,
    scales_differ,
)
from evaluation.statistics.rater_offsets import given_ratings
from evaluation.types import Array, Booleans, Integers

_NAMED = 3
_GAIN = 0.05


def rater_notes(
    names: Sequence[str],
    ratings: Array,
    adjusted: Array,
    model: RaterModel,
    groups: Integers | None = None,
) -> list[str]:
    """Return the notes on several raters, or on one whom a model leaves out.

    Args:
        names: of the raters.
        ratings: as given, shape (raters, items).
        adjusted: the same under the model.
        model: the rater model.
        groups: the group of each item, shape (items,), where items are compared within groups.
    """
    notes = [*_left_out(names, ratings, adjusted, model)]
    if len(ratings) < 2 or np.isnan(adjusted).all():
        return notes
    if scales_differ(given_ratings(adjusted)):
        return [*notes, _scales(names, ratings)]
    return [*notes, *(_severity(names, ratings, groups) if model == "mean" else [])]


def _left_out(
    names: Sequence[str], ratings: Array, adjusted: Array, model: RaterModel
) -> Iterator[str]:
    lost = ~np.isnan(ratings) & np.isnan(adjusted)
    if model == "standardise" and lost.any():
        raters = _listed([names[i] for i in np.flatnonzero(lost.any(axis=1)).tolist()])
        fault = "z-scores need two different ratings by a rater"
        yield f"{fault}: {_count(lost)} left out, by {raters}"
    if model == "centre" and lost.any():
        fault = "an output whose raters rated no other output cannot be centred"
        yield f"{fault}: {_count(lost)} left out"
    given = given_ratings(adjusted)
    if model == "centre" and len(given.values) and given.n_components > 1:
        sets = f"the outputs fall into {given.n_components} sets that no rater connects"
        yield f"{sets}: they cannot be compared, and each set has the same mean"


def _scales(names: Sequence[str], ratings: Array) -> str:
    """Return the note on the raters with the narrowest and the widest scale."""
    used = np.flatnonzero((~np.isnan(ratings)).any(axis=1))
    spreads = rater_spreads(given_ratings(ratings))
    known = np.flatnonzero(~np.isnan(spreads))
    ends = used[known[[spreads[known].argmin(), spreads[known].argmax()]]].tolist()
    ranges = [f"{names[i]} {np.nanmin(ratings[i]):g} to {np.nanmax(ratings[i]):g}" for i in ends]
    advice = "the mean follows the wider scales, and the ceiling is undefined; see `plan.raters: "
    return f"raters' scales differ ({', '.join(ranges)}): {advice}standardise`"


def _severity(names: Sequence[str], ratings: Array, groups: Integers | None) -> Iterator[str]:
    """Yield a note on the harshest and the most lenient rater, if centring would help."""
    plain = ceiling(ratings, groups=groups).reliability
    adjusted = apply_rater_model(ratings, "centre")
    centred = ceiling(adjusted, groups=groups, centred=True).reliability
    if not centred - plain > _GAIN:
        return
    used = np.flatnonzero((~np.isnan(ratings)).any(axis=1))
    given = given_ratings(ratings)
    offsets = given.offsets(given.values)
    # An offset counts by its ratings: those of raters with few are the largest by chance.
    order = np.argsort(offsets * np.sqrt(given.per_rater))
    ends = [f"{names[used[i]]} {offsets[i]:+.2g}" for i in (order[0], order[-1])]
    gain = f"`plan.raters: centre` would raise the reliability of their mean from {plain:.2f}"
    yield f"raters differ in severity ({', '.join(ends)}): {gain} to {centred:.2f}"


def _count(lost: Booleans) -> str:
    n = int(lost.sum())
    return "1 rating is" if n == 1 else f"{n} ratings are"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
