"""The raters of a benchmark: the model applied to their ratings, their agreement, the ceiling."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from evaluation.meta_evaluation.aligned_scores import HumanScores
from evaluation.meta_evaluation.coefficients import coefficient
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.meta_evaluation.rater_notes import rater_notes
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import Grouping
from evaluation.statistics.rater_agreement import cohen_kappa, fleiss_kappa, krippendorff
from evaluation.statistics.rater_ceiling import Ceiling, ceiling
from evaluation.statistics.rater_models import apply_rater_model, scales_differ
from evaluation.statistics.rater_offsets import given_ratings
from evaluation.types import Array, Integers

MOST_CATEGORIES = 10
"""Kappas are of categories: ratings with more different values than this have none."""
MOST_RATERS_IN_PAIRS = 20
"""The mean of Cohen's kappa over pairs of raters is left out where there are more raters."""

_LEVEL = "raters"


def under_rater_model(
    human: HumanScores, options: MetaEvaluationOptions
) -> tuple[HumanScores, list[str]]:
    """Return the judgements under the model `options.raters`, and notes on the raters.

    See `rater_models.apply_rater_model`; rankings have no ratings, and remain as they are.
    """
    if human.values is None:
        ignored = f"raters: {options.raters} does not apply to rankings, which have no ratings"
        return human, [] if options.raters == "mean" else [ignored]
    shape = human.values.shape
    ratings = human.values.reshape(len(human.values), -1)
    adjusted = apply_rater_model(ratings, options.raters)
    names = human.raters or [f"rater {i + 1}" for i in range(len(ratings))]
    groups = _groups(shape, options.groupings[0])
    notes = rater_notes(names, ratings, adjusted, options.raters, groups)
    return replace(human, values=adjusted.reshape(shape)), notes


def rater_rows(human: HumanScores, options: MetaEvaluationOptions) -> tuple[list[Row], list[str]]:
    """Return the agreement of raters and the ceiling that it sets, if there are several.

    `human` are the judgements under the rater model. The ceiling is that of the coefficient and
    grouping that decide at segment level; it is undefined where raters' scales differ much, since
    it supposes that they are alike. Notes say why a ceiling is missing.
    """
    if human.values is None or len(human.values) < 2:
        return [], []
    ratings = human.values.reshape(len(human.values), -1)
    groups = _groups(human.values.shape, options.groupings[0])
    decisive = coefficient(options.segment, options.margin)
    limit = ceiling(ratings, decisive, groups, options.raters == "centre")
    notes = [*_undefined(limit, ratings)]
    if scales_differ(given_ratings(ratings)):
        limit = limit._replace(reliability=float("nan"), root=float("nan"))
    return [*_ceiling_rows(limit, options), *_agreement_rows(ratings, options)], notes


def _undefined(limit: Ceiling, ratings: Array) -> Iterator[str]:
    """Yield the reason why ratings that are not all the same set no ceiling."""
    if np.isnan(ratings).all() or np.nanmin(ratings) == np.nanmax(ratings):
        return
    if (~np.isnan(ratings)).sum(axis=0).max() < 2:
        yield "no output has two raters: their agreement and the ceiling are undefined"
    elif np.isnan(limit.reliability):
        fault = "raters share too few outputs, or their means are all the same"
        yield f"{fault}: the reliability of the mean and the ceiling are undefined"
    elif limit.reliability < 0:
        fault = "raters agree less than chance would have them"
        yield f"{fault}: the reliability of their mean is below 0, and the ceiling undefined"


def _ceiling_rows(limit: Ceiling, options: MetaEvaluationOptions) -> Iterator[Row]:
    ranks, bounded = ("", "Pearson's r")
    if options.segment != "pearson":
        ranks, bounded = " of ranks", "Spearman's rho"
    where = f"grouping {options.groupings[0]}"
    place = f"{options.segment}, {where}"
    root = f"root of the reliability{ranks}, for {bounded}"
    reliability = f"reliability{ranks}, {where}"
    yield Row("a rater in a metric's place", _LEVEL, place, limit.left_out, n=limit.raters)
    yield Row("the raters' mean", _LEVEL, reliability, limit.reliability, n=limit.raters)
    yield Row("the most any metric can reach", _LEVEL, f"{root}, {where}", limit.root)


def _agreement_rows(ratings: Array, options: MetaEvaluationOptions) -> Iterator[Row]:
    rated = ~np.isnan(ratings)
    n = int((rated.sum(axis=0) > 1).sum())
    for scale in ("interval", "ordinal"):
        alpha = krippendorff(ratings, scale)
        yield Row("all raters", _LEVEL, f"Krippendorff's alpha, {scale}", alpha, n=n)
    complete = ratings[:, rated.any(axis=0)]
    # After centring or standardising, values are not categories any more.
    if options.raters != "mean" or not complete.size or np.isnan(complete).any():
        return
    if len(np.unique(complete)) > MOST_CATEGORIES:
        return
    yield Row("all raters", _LEVEL, "Fleiss' kappa", fleiss_kappa(complete), n=n)
    if len(ratings) <= MOST_RATERS_IN_PAIRS:
        yield Row("all raters", _LEVEL, "mean Cohen's kappa", cohen_kappa(complete), n=n)


def _groups(shape: tuple[int, ...], grouping: Grouping) -> Integers | None:
    """Return the group of each output, in the order of the ratings; None if all are compared."""
    if grouping == "none":
        return None
    return np.asarray(np.indices(shape[1:])[0 if grouping == "system" else 1].ravel())
