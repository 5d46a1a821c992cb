"""The expectations of mt-metrics-eval's own tests (`stats_test`, `tau_optimization_test`)."""

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr

from evaluation.meta_evaluation.coefficients import on_segments
from evaluation.statistics.correlation import grouped, pearson
from evaluation.statistics.kendall import (
    darr,
    kendall_23,
    kendall_b,
    kendall_c,
    pairwise_accuracy,
)
from evaluation.statistics.permutation import compare
from evaluation.statistics.tie_calibration import acc_eq, accuracies_at

NAN = np.nan
GOLD = np.array([[1, 2, 3], [4, 5, 6]])
METRIC = np.array([[2, 1, 4], [3, 3, 7]])
WITH_AN_OUTLIER = np.array([[2, 1, 8], [3, 5, 6]])
TIED = np.array([1, 2, 2, 3, 4]), np.array([2, 1, 1.5, 5, 3])
SEVEN = np.array([1, 1, 1, 2, 2, 3, 4]), np.array([1, 1, 2, 2, 4, 3, 3])


def mean_r(*pairs):
    return np.mean([pearsonr(*pair).statistic for pair in pairs])


@pytest.mark.parametrize(
    ("coefficient", "grouping", "expected"),
    [
        (pearson, "none", 0.776),
        (pearson, "system", 0.760),
        (pearson, "item", 1.0),
        (kendall_b, "none", 0.552),
        (kendall_b, "system", 0.575),
        (kendall_b, "item", 1.0),
        (kendall_c, "none", 0.556),
        (kendall_c, "system", 0.611),
        (kendall_c, "item", 1.0),
    ],
)
def test_correlations(coefficient, grouping, expected):
    assert grouped(coefficient, METRIC, GOLD, grouping).value == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(
    ("gold", "metric", "grouping", "expected"),
    [
        ([[10, 11, 100, 150]], [[2, 1, 4, 3]], "none", 2 / 6),
        ([[10, NAN, 100, 150]], [[2, 1, 4, 3]], "none", 1 / 3),
        ([[10, 11], [100, 150]], [[2, 1], [4, 3]], "item", 1),
        ([[10, NAN], [100, 150]], [[2, 1], [4, 3]], "item", 1),
    ],
)
def test_kendall_like(gold, metric, grouping, expected):
    found = on_segments("darr", grouping, 1)(np.array(metric), np.array(gold))
    assert found == pytest.approx(expected)


def test_kendall_like_at_its_default_threshold():
    assert darr([2, 1, 4, 3], [10, 11, 100, 150], 25) == pytest.approx(3 / 5)


def test_kendall_variants():
    gold, metric = TIED
    assert kendall_b(metric, gold) == pytest.approx(0.316227766)
    assert kendall_c(metric, gold) == pytest.approx(0.32)
    assert kendall_23(metric, gold) == pytest.approx(0.2)
    assert pairwise_accuracy(metric, gold) == pytest.approx(0.6)
    assert acc_eq(metric[None], gold[None], "none").value == pytest.approx(0.7)


def test_a_positive_epsilon():
    gold, metric = TIED
    assert accuracies_at(metric[None], gold[None], 2, "none") == pytest.approx([0.4])
    x, y = SEVEN
    for epsilon, right in ((0, 14), (0.1, 14), (1, 7 + 3)):
        found = accuracies_at(y[None], x[None], epsilon, "none")
        assert found == pytest.approx([right / 21])


@pytest.mark.parametrize(("ours", "variant"), [(kendall_b, "b"), (kendall_c, "c")])
def test_kendall_b_and_c(ours, variant):
    gold, metric = [7, 1, 2, 7, 4, 3, 2], [4, 1, 3, 6, 1, 5, 6]
    expected = kendalltau(gold, metric, variant=variant).statistic
    assert ours(metric, gold) == pytest.approx(expected)


def test_kendall_23():
    x, y = SEVEN
    # Of 21 pairs, 3 and 2 are tied in one only, 1 in both and 2 discordant; 13 are concordant.
    assert kendall_23(y, x) == pytest.approx((13 + 1 - 2 - 3 - 2) / 21)
    assert pairwise_accuracy(y, x) == pytest.approx(14 / 21)


def test_agreement():
    assert pairwise_accuracy([1, 1, 2, 1, 2], [1, 2, 3, 3, 4]) == pytest.approx(5 / 10)


def test_averages():
    first, second = GOLD, WITH_AN_OUTLIER
    none = grouped(pearson, [[2, 1, 4, 3, 5, 6]], [[1, 2, 3, 4, 5, 6]], "none").value
    assert none == pytest.approx(mean_r(([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 5, 6])))
    by_system = grouped(pearson, second, first, "system").value
    assert by_system == pytest.approx(mean_r(*zip(first, second, strict=True)))
    by_item = grouped(pearson, second, first, "item").value
    assert by_item == pytest.approx(mean_r(*zip(first.T, second.T, strict=True)))


def test_missing_entries():
    gold = np.array([[1, NAN, 3], [4, 5, 6]])
    none = grouped(pearson, [[2, 1, 4, 3, 5, 6]], gold.reshape(1, -1), "none").value
    assert none == pytest.approx(mean_r(([1, 3, 4, 5, 6], [2, 4, 3, 5, 6])))
    by_item = grouped(pearson, WITH_AN_OUTLIER, gold, "item").value
    assert by_item == pytest.approx(mean_r(([1, 4], [2, 3]), ([3, 6], [8, 6])))


def test_undefined_groups_are_left_out():
    metric = np.array([[2, 2, 2], [4, 5, 6]])
    assert grouped(pearson, metric, GOLD, "system").value == pytest.approx(1)


@pytest.mark.parametrize(
    ("human", "accuracies", "epsilon", "best"),
    [
        ([1, 2, 3, 4], [6, 4, 3, 1, 0], 0, 1),
        ([1, 1, 1, 4], [3, 3, 4, 4, 3], 4, 4 / 6),
    ],
)
def test_ties_are_calibrated(human, accuracies, epsilon, best):
    metric, gold = np.array([[0, 2, 6, 8]]), np.array([human])
    for threshold, expected in zip([0, 2, 4, 6, 8], accuracies, strict=True):
        found = accuracies_at(metric, gold, threshold, "none")
        assert found == pytest.approx([expected / 6])
    assert acc_eq(metric, gold, "none") == pytest.approx((best, epsilon, 1))


ROWS = np.array([[0, 5, 2, 3, 2], [NAN, 2, 1, 5, 3], [9, 1, 5, 3, 8], [9, 3, 4, 4, 1]])
ROWS_BY_PEOPLE = np.array([[1, 5, 2, 1, 1], [4, 2, 2, 1, 4], [5, 9, 2, 8, 7], [7, 6, NAN, 3, 2]])
REGRESSION = [
    0.4666666666666667,
    0.4916666666666668,
    0.38333333333333347,
    0.29166666666666674,
    0.2666666666666667,
    0.2,
    0.15833333333333335,
    0.15833333333333335,
    0.1166666666666667,
]


def test_calibration_of_several_rows():
    missing = np.full((1, 5), NAN)
    metric = np.concatenate([ROWS, missing])
    human = np.concatenate([ROWS_BY_PEOPLE, missing])
    for epsilon, expected in enumerate(REGRESSION):
        found = accuracies_at(metric, human, epsilon, "system")
        assert np.nanmean(found) == pytest.approx(expected)
    assert acc_eq(metric, human, "system")[:2] == pytest.approx((REGRESSION[1], 1))


@pytest.mark.parametrize("grouping", ["none", "system", "item"])
def test_calibration_is_the_accuracy_at_its_epsilon(grouping):
    gold = np.array([[1, 2, 2], [3, 3, 4]])
    metric = np.array([[2, 1, 1.5], [5, 3, 2]])
    value, epsilon, _ = acc_eq(metric, gold, grouping)
    assert np.nanmean(accuracies_at(metric, gold, epsilon, grouping)) == pytest.approx(value)


@pytest.mark.parametrize("name", ["pearson", "kendall", "kendall_c", "kendall_23"])
def test_differences_of_the_permutation_test(name):
    gold = np.array([1, 2, 3, 4, 5, 5, 7, 8]).reshape(4, 2)
    first = np.array([1, 2, 3, 3, 7, 3, 5, 5]).reshape(4, 2)
    second = np.array([2, 1, 2, 6, 8, 8, 7, 6]).reshape(4, 2)
    statistic = on_segments(name, "item")
    found = compare(second, first, gold, statistic, permutations=100)
    assert found.p > 0
    assert found.difference == pytest.approx(statistic(second, gold) - statistic(first, gold))
