"""The options of a certificate, and the scores that they make of the tables."""

from dataclasses import dataclass, replace
from math import inf, isfinite

import numpy as np

from evaluation.certificate.tables import Matched
from evaluation.data.judgements import mean_of_raters
from evaluation.errors import InputError
from evaluation.statistics.significance import RESAMPLES, SEED
from evaluation.types import Array, Booleans

MOST_CATEGORIES = 20
"""Different scores that may be compared as categories."""

MOST_COMPARED = 100_000
"""Items with labels."""

LARGEST_SCORE = 1e12
"""The size of a score, above which squares and their sums would lose their precision."""

SMALLEST_SCALE = 1e-100
"""The size of a table's largest score, below which squares would be 0."""

_LEAST_RESAMPLES = 200
_MOST_DRAWN = 2**22  # items in all resamples, above which there are fewer resamples


@dataclass(frozen=True)
class Options:
    """How a judge is compared with people.

    `categories` compares scores as categories rather than as numbers; scores that are all 0 or 1
    are categories anyway. With `threshold`, a judge's score is 1 from there on and else 0. `own`
    names systems, or families of the column `family`, that the judge belongs to. `half_width` is
    that of the wanted interval of a mean; by default half of the present one. `epsilon` is that of
    the alternative annotator test.

    Raises:
        InputError: a number is outside its range.
    """

    categories: bool = False
    threshold: float | None = None
    own: tuple[str, ...] = ()
    half_width: float | None = None
    epsilon: float = 0.2
    resamples: int = RESAMPLES
    seed: int = SEED

    def __post_init__(self) -> None:
        if not 0 <= self.epsilon < 1:
            raise InputError("out-of-range", f"epsilon {self.epsilon}; it is from 0 to below 1")
        if self.half_width is not None and not 0 < self.half_width < inf:
            raise InputError("out-of-range", f"half width {self.half_width}; it is above 0")
        if self.threshold is not None and not isfinite(self.threshold):
            raise InputError("out-of-range", f"threshold {self.threshold}; it is a finite number")

    def bounded(self, items: int) -> "Options":
        """Return the options with as many resamples as the number of labelled items allows."""
        most = max(_LEAST_RESAMPLES, _MOST_DRAWN // max(items, 1))
        return replace(self, resamples=min(self.resamples, most))

    def parameters(self) -> dict[str, object]:
        """Return what a signature names."""
        given = {"threshold": self.threshold, "own": "+".join(self.own) or None}
        named = {key: value for key, value in given.items() if value is not None}
        return {**named, "epsilon": self.epsilon, "resamples": self.resamples, "seed": self.seed}


@dataclass(frozen=True, eq=False)
class Compared:
    """A judge's scores beside people's, of shape (systems, segments), NaN where missing.

    `mean` has the judge's mean over repeats. `judge` and `consensus` are compared: of numbers the
    means over repeats and raters; of `categories` the most frequent, missing where several are,
    which `ties` counts. `binary` says that all scores are 0 or 1.
    """

    matched: Matched
    mean: Array
    judge: Array
    consensus: Array
    categories: Array | None
    binary: bool
    ties: int

    @property
    def rated(self) -> Booleans:
        """Which items have both a score of the judge and one of people, (systems, segments)."""
        return ~np.isnan(self.judge) & ~np.isnan(self.consensus)

    @property
    def labelled(self) -> Booleans:
        """Which segments have such an item; intervals of comparisons draw from these alone."""
        return np.asarray(self.rated.any(axis=0))


def compared(matched: Matched, options: Options) -> Compared:
    """Return the scores to compare.

    Raises:
        InputError: `threshold` is given and people's scores are not 0 or 1, there are more than
            `MOST_CATEGORIES` categories or `MOST_COMPARED` items with labels, or too many repeats;
            or a score is larger than `LARGEST_SCORE`, or all are below `SMALLEST_SCALE` and not 0.
    """
    _check_sizes(matched)
    items = int((~np.isnan(matched.human)).any(axis=0).sum())
    if items > MOST_COMPARED:
        counted = f"{items:,} items with labels"
        raise InputError("too-large", f"{counted}; the limit is {MOST_COMPARED:,}")
    matched = _thresholded(matched, options.threshold)
    mean = matched.scores.mean(matched.scores.score)
    distinct = _distinct(matched)
    binary = bool(np.isin(distinct, (0, 1)).all())
    if not (binary or options.categories):
        human = mean_of_raters(matched.human)
        return Compared(matched, mean, mean, human, None, False, 0)
    if len(distinct) > MOST_CATEGORIES:
        counted = f"{len(distinct)} different scores, as categories; the limit is {MOST_CATEGORIES}"
        raise InputError("too-large", counted)
    judge = most_frequent(matched.scores.repeats(), distinct)
    human = most_frequent(matched.human, distinct)
    ties = int((np.isnan(judge) & ~np.isnan(mean)).sum())
    ties += int((np.isnan(human) & ~np.isnan(matched.human).all(axis=0)).sum())
    return Compared(matched, mean, judge, human, distinct, binary, ties)


def most_frequent(values: Array, categories: Array) -> Array:
    """Return the most frequent category along the first axis; NaN where several or none are."""
    counts = np.stack([(values == category).sum(axis=0) for category in categories])
    highest = counts.max(axis=0)
    is_clear = (counts == highest).sum(axis=0) == 1
    return np.where(is_clear & (highest > 0), categories[counts.argmax(axis=0)], np.nan)


def _check_sizes(matched: Matched) -> None:
    """Raise an error on the first score that is too large, or if all are too small."""
    table, human = matched.scores, matched.human
    people = human.reshape(len(human), -1)
    items = np.broadcast_to(np.arange(people.shape[1]), people.shape)
    for whose, scores, item in (("judge", table.score, table.item), ("people", people, items)):
        if (too_large := np.abs(scores) > LARGEST_SCORE).any():
            system, segment = divmod(int(item[too_large][0]), len(table.segments))
            of = f"segment {table.segments[segment]} of {table.systems[system]}"
            limit = f"the limit is ±{LARGEST_SCORE:g}; divide all scores by the same number"
            fault = f"score {scores[too_large][0]:g} of {whose}, {of}"
            raise InputError("out-of-range", f"{fault}; {limit}")
        if 0 < (largest := np.nanmax(np.abs(scores))) < SMALLEST_SCALE:
            fault = f"the largest score of {whose} is {largest:g} in size"
            limit = f"the limit is {SMALLEST_SCALE:g}; multiply all scores by the same number"
            raise InputError("out-of-range", f"{fault}; {limit}")


def _thresholded(matched: Matched, threshold: float | None) -> Matched:
    if threshold is None:
        return matched
    if not np.isin(matched.human[~np.isnan(matched.human)], (0, 1)).all():
        raise InputError("invalid-option", "a threshold needs human scores that are 0 or 1")
    scores = matched.scores
    above = (scores.score >= threshold).astype(np.float64)
    return replace(matched, scores=replace(scores, score=above))


def _distinct(matched: Matched) -> Array:
    """Return the different scores of the judge and of people, sorted."""
    rated = matched.human[~np.isnan(matched.human)]
    return np.unique(np.concatenate([matched.scores.score, rated]))
