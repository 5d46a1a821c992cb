"""Coefficients of pairs: scipy's, the papers' definitions by hand, and brute force."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.statistics.kendall import (
    count_pairs,
    darr,
    kendall_23,
    kendall_b,
    kendall_c,
    pairwise_accuracy,
    soft_pairwise_accuracy,
)

NAN = np.nan
VALUES = st.one_of(st.integers(0, 3), st.integers(-40, 40), st.just(NAN)).map(float)
BATCHES = st.integers(0, 14).flatmap(
    lambda n: st.lists(
        st.tuples(*[st.lists(VALUES, min_size=n, max_size=n)] * 2), min_size=1, max_size=4
    )
)


def columns(batch):
    return (np.array(side, dtype=float) for side in zip(*batch, strict=True))


def by_brute_force(first, second):
    """Concordant, discordant, tied in the first, in the second, in both."""
    counts = [0] * 5
    for i, j in combinations(range(len(first)), 2):
        one, other = first[i] - first[j], second[i] - second[j]
        if np.isnan(one) or np.isnan(other):
            continue
        kind = (4 if other == 0 else 2) if one == 0 else 3 if other == 0 else int(one * other < 0)
        counts[kind] += 1
    return counts


@given(BATCHES)
def test_pairs_are_those_that_brute_force_counts(batch):
    first, second = columns(batch)
    found = count_pairs(first, second)
    for k, pair in enumerate(zip(first, second, strict=True)):
        assert [int(count[k]) for count in found] == by_brute_force(*pair)


@given(BATCHES)
def test_ties_are_as_the_paper_counts_them(batch):
    first, second = columns(batch)
    for k, pair in enumerate(zip(first, second, strict=True)):
        c, d, one, other, both = by_brute_force(*pair)
        total = c + d + one + other + both
        tau = (c + both - d - one - other) / total if total else NAN
        accuracy = (c + both) / total if total else NAN
        assert kendall_23(first, second)[k] == pytest.approx(tau, abs=1e-12, nan_ok=True)
        assert pairwise_accuracy(first, second)[k] == pytest.approx(
            accuracy, abs=1e-12, nan_ok=True
        )


@pytest.mark.parametrize(("ours", "variant"), [(kendall_b, "b"), (kendall_c, "c")])
@given(batch=BATCHES)
def test_scipys_tau_on_anything(ours, variant, batch):
    first, second = columns(batch)
    expected = []
    for one, other in zip(first, second, strict=True):
        kept = ~(np.isnan(one) | np.isnan(other))
        one, other = one[kept], other[kept]
        defined = len(set(one)) > 1 and len(set(other)) > 1
        tau = stats.kendalltau(one, other, variant=variant).statistic if defined else NAN
        expected.append(tau)
    assert ours(first, second) == pytest.approx(np.array(expected), abs=1e-9, nan_ok=True)


def test_scipys_tau_on_much():
    generator = np.random.default_rng(0)
    first = generator.integers(0, 300, 5000).astype(float)
    second = first + generator.integers(0, 200, 5000)
    expected = stats.kendalltau(first, second).statistic
    assert kendall_b(first, second) == pytest.approx(expected, abs=1e-9)


def test_infinite_scores_are_scores():
    first, second = [np.inf, 1, 2, NAN, -np.inf], [np.inf, np.inf, 0, 5, 0]
    assert [int(n) for n in count_pairs(first, second)] == by_brute_force(
        [9, 1, 2, NAN, -9], [9, 9, 0, 5, 0]
    )


def test_ties_by_hand():
    """Deutsch et al. (2023), equation 10, and their accuracy: of 6 pairs 2 + 1 are right."""
    human, metric = [1, 1, 2, 3], [1, 1, 3, 2]
    found = [int(count) for count in count_pairs(metric, human)]
    assert found == [4, 1, 0, 0, 1]
    assert kendall_23(metric, human) == pytest.approx((4 + 1 - 1) / 6)
    assert pairwise_accuracy(metric, human) == pytest.approx(5 / 6)
    assert kendall_23([1, 1, 1], [1, 2, 3]) == -1
    assert kendall_23([1, 1, 1], [2, 2, 2]) == 1


def test_accuracy_of_systems_by_hand():
    """Kocmi et al. (2021): the share of pairs of systems that are ordered alike."""
    assert pairwise_accuracy([0.3, 0.2, 0.1], [90, 70, 80]) == pytest.approx(2 / 3)


@given(BATCHES, st.integers(0, 20))
def test_relative_ranking_is_what_brute_force_finds(batch, margin):
    metric, human = columns(batch)
    for one, other, found in zip(metric, human, darr(metric, human, margin), strict=True):
        signs = [
            1 if one[i] > one[j] else -1
            for i in range(len(one))
            for j in range(len(one))
            if other[i] - other[j] >= max(margin, 1) and not np.isnan(one[i] - one[j])
        ]
        expected = np.mean(signs) if signs else NAN
        assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_relative_ranking_by_hand():
    human, metric = [100, 75, 74, 0], [4, 3, 3, 3]
    # At least 25 apart are 100-75, 100-74, 100-0, 75-0 and 74-0; the metric ties the last two.
    assert darr(metric, human, 25) == pytest.approx((3 - 2) / 5)
    assert darr(metric, human, 26) == 0
    assert darr(metric, human, 0) == darr(metric, human, 1) == pytest.approx((3 - 3) / 6)
    with pytest.raises(ValueError, match="at least 0"):
        darr(metric, human, -1)


def test_pairs_that_differ_by_exactly_the_margin_count():
    """The case of mt-metrics-eval: with margin 1, 10 and 11 are a pair, and 2 of 6 are wrong."""
    human, metric = [10, 11, 100, 150], [2, 1, 4, 3]
    assert darr(metric, human, 1) == pytest.approx(2 / 6)
    assert darr(metric, human, 25) == pytest.approx(3 / 5)


@pytest.mark.parametrize("margin", [0, 1e-20, 5])
def test_equal_scores_never_count(margin):
    assert np.isnan(darr([1, 2, 3], [7, 7, 7], margin))
    assert darr([1, 2, 3], [-np.inf, np.inf, np.inf], margin) == 1


def test_soft_accuracy_by_hand():
    human = np.array([[0.5, 0.1, 0.0], [0.9, 0.5, 0.4], [1.0, 0.6, 0.5]])
    metric = np.array([[0.5, 0.3, 0.0], [0.7, 0.5, 1.0], [1.0, 0.0, 0.5]])
    assert soft_pairwise_accuracy(metric, human) == pytest.approx(1 - (0.2 + 0.0 + 0.6) / 3)
    assert soft_pairwise_accuracy(human, human) == 1
    human[0, 1] = NAN
    assert soft_pairwise_accuracy(metric, human) == pytest.approx(1 - 0.6 / 2)
    assert np.isnan(soft_pairwise_accuracy(np.ones((1, 1)), np.ones((1, 1))))
