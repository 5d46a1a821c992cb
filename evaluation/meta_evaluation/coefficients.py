"""The coefficients that metrics are compared with people by, under their names in a plan."""

from collections.abc import Mapping
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from evaluation.statistics.correlation import (
    Coefficient,
    Grouping,
    Statistic,
    in_groups,
    pearson,
    segment_level,
    spearman,
)
from evaluation.statistics.kendall import (
    count_relative_ranks,
    darr,
    kendall_23,
    kendall_b,
    kendall_c,
)
from evaluation.types import Array

SystemCoefficientName = Literal["pearson", "spearman", "kendall", "kendall_c", "kendall_23"]
"""A coefficient of scores of systems; kendall is tau-b."""

CoefficientName = Literal["pearson", "spearman", "kendall", "kendall_c", "kendall_23", "darr"]
"""A coefficient of scores of segments; `darr` is defined on segments alone."""

USUAL: tuple[CoefficientName, ...] = ("pearson", "spearman", "kendall")
"""The coefficients of a report that asks for no other."""

MARGIN = 25.0
"""The margin of `darr` at WMT, whose scores are on 0 to 100 (Ma et al. 2018)."""

TIES_DISAGREE: tuple[CoefficientName, ...] = ("kendall_23", "darr")
"""Coefficients by which ties of one side are disagreement: below 0 does not mean reversed."""

_OF_TWO: Mapping[CoefficientName, Coefficient] = {
    "pearson": pearson,
    "spearman": spearman,
    "kendall": kendall_b,
    "kendall_c": kendall_c,
    "kendall_23": kendall_23,
}


class ItemFigures(NamedTuple):
    """Each segment's figure for each metric, shape (metrics, segments), and its weight."""

    values: Array
    weights: Array


def coefficient(name: CoefficientName, margin: float = MARGIN) -> Coefficient:
    """Return the coefficient of a metric's scores and judgements; `margin` is that of `darr`."""
    return partial(darr, margin=margin) if name == "darr" else _OF_TWO[name]


def on_segments(name: CoefficientName, grouping: Grouping, margin: float = MARGIN) -> Statistic:
    """Return the statistic of segment scores: the mean of a coefficient over groups.

    `darr` is not averaged: as at WMT, the pairs of all groups are counted together.
    """
    if name == "darr":
        return partial(_pooled_darr, grouping, margin)
    return segment_level(_OF_TWO[name], grouping)


def of_items(
    name: CoefficientName, metrics: Array, human: Array, margin: float = MARGIN
) -> ItemFigures:
    """Return the figures of which the weighted mean is `on_segments(name, "item", margin)`.

    Args:
        name: the coefficient.
        metrics: the metrics' scores, shape (metrics, systems, segments).
        human: the judgements, shape (systems, segments).
        margin: the margin of `darr`.
    """
    truth = in_groups(human, "item")
    figures = coefficient(name, margin)
    values = np.stack([figures(in_groups(scores, "item"), truth) for scores in metrics])
    if name != "darr":
        return ItemFigures(values, np.ones_like(values))
    counted = [count_relative_ranks(in_groups(scores, "item"), truth, margin) for scores in metrics]
    return ItemFigures(values, np.stack([pairs for _, pairs in counted]).astype(np.float64))


def margin_notes(human: Array, grouping: Grouping, margin: float) -> list[str]:
    """Return a note if no two judgements that are compared differ by as much as the margin."""
    truth = in_groups(human, grouping)
    if count_relative_ranks(truth, truth, margin)[1].any():
        return []
    return [f"darr is undefined: no two judgements differ by {margin:g} or more (`plan.margin`)"]


def _pooled_darr(grouping: Grouping, margin: float, metric: Array, human: Array) -> Array:
    groups = in_groups(metric, grouping), in_groups(human, grouping)
    balance, counted = (x.sum(axis=-1) for x in count_relative_ranks(*groups, margin))
    return np.asarray(balance / np.where(counted > 0, counted, np.nan))
