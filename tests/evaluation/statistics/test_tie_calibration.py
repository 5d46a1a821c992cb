"""Ties calibrated: by hand, and by trying every epsilon."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.statistics import tie_calibration
from evaluation.statistics.correlation import grouped, in_groups
from evaluation.statistics.kendall import pairwise_accuracy
from evaluation.statistics.tie_calibration import acc_eq, accuracies_at

NAN = np.nan
VALUES = st.one_of(st.integers(0, 8), st.integers(0, 2), st.just(NAN)).map(float)
SCORES = st.tuples(st.integers(1, 4), st.integers(1, 5)).flatmap(
    lambda shape: st.lists(
        VALUES, min_size=2 * shape[0] * shape[1], max_size=2 * shape[0] * shape[1]
    ).map(lambda values: np.array(values).reshape(2, *shape))
)
GROUPINGS = st.sampled_from(["none", "system", "item"])


def by_brute_force(metric, human, epsilon):
    right = []
    for i, j in combinations(range(len(metric)), 2):
        one, other = metric[i] - metric[j], human[i] - human[j]
        if not np.isnan(one + other):
            one = 0 if abs(one) <= epsilon else one
            right.append(np.sign(one) == np.sign(other))
    return np.mean(right) if right else NAN


@given(SCORES, GROUPINGS)
def test_the_best_of_all_epsilons(scores, grouping):
    metric, human = scores
    found = acc_eq(metric, human, grouping)
    groups = list(zip(in_groups(metric, grouping), in_groups(human, grouping), strict=True))
    tried = {}
    for epsilon in np.arange(0, 9):  # every difference there is
        each = np.array([by_brute_force(*group, epsilon) for group in groups])
        defined = each[~np.isnan(each)]
        tried[epsilon] = defined.mean() if len(defined) else NAN
        at = accuracies_at(metric, human, epsilon, grouping)
        assert at == pytest.approx(each, abs=1e-12, nan_ok=True)
        assert found.groups == len(defined)
    best = max(tried.values())
    assert found.value == pytest.approx(best, abs=1e-12, nan_ok=True)
    if found.groups:
        least = next(e for e, value in tried.items() if value == pytest.approx(best, abs=1e-12))
        assert found.epsilon == least


@given(SCORES, GROUPINGS)
def test_an_epsilon_of_nothing_is_pairwise_accuracy(scores, grouping):
    metric, human = scores
    found = accuracies_at(metric, human, 0, grouping)
    expected = pairwise_accuracy(in_groups(metric, grouping), in_groups(human, grouping))
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_by_hand():
    """Two segments, three systems; people tie the first two, the metric never does."""
    human = np.array([[1, 5], [1, 5], [2, 7]], dtype=float)
    metric = np.array([[1, 6], [2, 4], [9, 8]], dtype=float)
    # Apart by 1, 8, 7 and 2, 2, 4; the ties want 1 and 2, but 2 costs the pair 6 and 8.
    assert grouped(pairwise_accuracy, metric, human, "item").value == pytest.approx(2 / 3)
    found = acc_eq(metric, human, "item")
    assert found.value == pytest.approx((1 + 2 / 3) / 2)
    assert found.epsilon == 1
    assert found.groups == 2


def test_too_many_pairs_are_refused(monkeypatch):
    monkeypatch.setattr(tie_calibration, "MAX_PAIRS", 5)
    with pytest.raises(ValueError, match="6 pairs to calibrate on; 5 is the limit"):
        acc_eq(np.ones((2, 2)), np.ones((2, 2)), "none")


def test_what_is_not_scores():
    with pytest.raises(ValueError, match=r"shape \(2, 2\) and \(2, 3\)"):
        acc_eq(np.ones((2, 2)), np.ones((2, 3)))
    with pytest.raises(ValueError, match="at least 0"):
        accuracies_at(np.ones((2, 2)), np.ones((2, 2)), NAN)
