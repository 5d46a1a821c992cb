"""Coefficients by their names in a plan: rows, intervals, tests, and how segments are averaged."""

from itertools import combinations
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from evaluation.meta_evaluation.aligned_scores import HumanScores, MetricScores
from evaluation.meta_evaluation.analysis import analyse
from evaluation.meta_evaluation.coefficients import CoefficientName, of_items, on_segments
from evaluation.meta_evaluation.options import MetaEvaluationOptions

NAMES = get_args(CoefficientName)
SYSTEMS = tuple("abcdef")
SHAPE = (len(SYSTEMS), 30)


def people():
    return np.round(np.random.default_rng(1).uniform(0, 100, SHAPE) / 10) * 10


def analysed(**options):
    values = people()
    noise = np.random.default_rng(2).normal(size=(2, *SHAPE))
    metrics = {
        "good": MetricScores(values + 25 * noise[0]),
        "poor": MetricScores(values + 200 * noise[1]),
    }
    plan = MetaEvaluationOptions(resamples=50, permutations=200, **options)
    return analyse(metrics, HumanScores(SYSTEMS, values[None]), plan)


def statistics(analysis, level):
    rows = [row for row in analysis.rows if row.level == level and row.name == "good"]
    return {row.statistic.split(",")[0]: row for row in rows}


@pytest.mark.parametrize("grouping", ["none", "item"])
@pytest.mark.parametrize("name", NAMES)
def test_each_coefficient_can_decide_with_an_interval_and_a_test(name, grouping):
    found = analysed(segment=name, groupings=(grouping,))
    row = statistics(found, "segment")[name]
    assert row.low < row.value < row.high
    assert found.decisive.statistic == f"{name}, grouping {grouping}"
    assert found.conclusion == "use good: best of 2, clear of all others (p < .05 after Holm)"


@pytest.mark.parametrize("name", [name for name in NAMES if name != "darr"])
def test_each_coefficient_of_systems_can_decide(name):
    found = analysed(system=name)
    assert found.comparisons["system"].statistic == name
    assert not np.isnan(found.comparisons["system"].p).any()
    assert name in statistics(found, "system")


def test_rows_are_the_usual_three_and_those_that_are_named():
    usual = {"pearson", "spearman", "kendall"}
    assert {*statistics(analysed(), "segment")} & {*NAMES} == usual
    named = analysed(coefficients=("kendall_c", "darr"), segment="kendall_23")
    assert {*statistics(named, "segment")} & {*NAMES} == {"kendall_c", "darr", "kendall_23"}
    assert {*statistics(named, "system")} & {*NAMES} == {"kendall_c", "pearson"}


def test_relative_ranking_is_not_of_systems():
    with pytest.raises(ValidationError, match="kendall_23"):
        MetaEvaluationOptions(system="darr")


def test_no_interval_where_systems_drawn_twice_would_be_ties_that_count():
    found = statistics(analysed(system="kendall_23", draw="system"), "system")
    assert found["kendall_23"].low is None
    assert found["pearson"].low is not None


def test_the_signature_has_the_margin_where_it_is_used():
    assert "margin" not in MetaEvaluationOptions().parameters()
    used = MetaEvaluationOptions(coefficients=("darr",), margin=5).parameters()
    assert (used["coefficients"], used["margin"]) == ("darr", 5)


def test_a_margin_wider_than_the_scale_is_noted():
    found = analysed(segment="darr", margin=101)
    assert "no two judgements differ by 101 or more" in " ".join(found.notes)
    assert not any("no two judgements" in note for note in analysed(segment="darr").notes)


def test_negative_figures_of_ties_are_not_called_reversed():
    values = np.repeat([[0.0], [50.0]], 30, axis=1)
    metric = MetricScores(np.zeros((2, 30)))
    human = HumanScores(("a", "b"), values[None])
    found = analyse({"ties": metric}, human, MetaEvaluationOptions(segment="darr", resamples=50))
    assert statistics_of(found, "darr, grouping none") == -1
    assert not any("other way" in note for note in found.notes)


def statistics_of(analysis, statistic):
    (row,) = [row for row in analysis.rows if row.statistic == statistic]
    return row.value


SCORES = st.lists(
    st.lists(st.one_of(st.integers(0, 6), st.just(np.nan)).map(float), min_size=4, max_size=4),
    min_size=2,
    max_size=4,
).map(np.array)


@given(st.data(), st.sampled_from(NAMES), st.integers(0, 4))
def test_figures_of_segments_make_the_figure_of_all(data, name, margin):
    human = data.draw(SCORES)
    metric = data.draw(SCORES.filter(lambda scores: scores.shape == human.shape))
    values, weights = of_items(name, metric[None], human, margin)
    weights = np.where(np.isnan(values), 0, weights)
    total = weights.sum()
    mean = np.nansum(values * weights) / total if total else np.nan
    assert on_segments(name, "item", margin)(metric, human) == pytest.approx(mean, nan_ok=True)


@given(st.data(), st.integers(0, 4))
def test_relative_ranking_counts_the_pairs_of_all_segments_together(data, margin):
    human = data.draw(SCORES)
    metric = data.draw(SCORES.filter(lambda scores: scores.shape == human.shape))
    signs = []
    for truth, scores in zip(human.T, metric.T, strict=True):
        for i, j in combinations(range(len(truth)), 2):
            gap = truth[i] - truth[j]
            if np.isnan(gap + scores[i] - scores[j]) or gap == 0 or abs(gap) < margin:
                continue
            signs.append(1 if gap * (scores[i] - scores[j]) > 0 else -1)
    expected = np.mean(signs) if signs else np.nan
    found = on_segments("darr", "item", margin)(metric, human)
    assert found == pytest.approx(expected, nan_ok=True)
