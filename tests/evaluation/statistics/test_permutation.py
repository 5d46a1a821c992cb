"""Permutation tests: exact by hand, uniform under the null, one metric's r by two ways."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.statistics.correlation import (
    grouped,
    pearson,
    segment_level,
    spearman,
    system_level,
)
from evaluation.statistics.kendall import kendall_b, soft_pairwise_accuracy
from evaluation.statistics.pearson_permutation import SwappedPearson
from evaluation.statistics.permutation import compare, compare_pearson, compare_systems

NAN = np.nan
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 5))
LARGER = st.tuples(st.integers(3, 5), st.integers(3, 6))
SEEDS = st.integers(0, 2**32 - 1)
GROUPINGS = st.sampled_from(["none", "system", "item"])
UNITS = st.sampled_from(["both", "system", "item"])


def drawn(shape, seed, metrics=2, noise=1.0, gaps=0.0, digits=None):
    """Judgements and metrics that see them through noise, some scores missing."""
    generator = np.random.default_rng(seed)
    human = generator.normal(size=shape)
    scores = human + noise * generator.normal(size=(metrics, *shape))
    human[generator.random(shape) < gaps] = NAN
    scores[generator.random(scores.shape) < gaps] = NAN
    if digits is not None:
        human, scores = np.round(human, digits), np.round(scores, digits)
    return scores, human


@given(LARGER, SEEDS, GROUPINGS, UNITS)
def test_matrix_products_find_what_the_plain_way_finds(shape, seed, grouping, swap):
    (first, second), human = drawn(shape, seed)
    statistic = segment_level(pearson, grouping)
    fast = compare_pearson([first, second], human, grouping, swap, 40, seed)
    plain = compare(first, second, human, statistic, swap, 40, seed)
    back = compare(second, first, human, statistic, swap, 40, seed)
    assert (fast.method, fast.permutations) == (plain.method, plain.permutations)
    assert fast.difference[0, 1] == pytest.approx(float(plain.difference), abs=1e-9)
    assert fast.difference[1, 0] == pytest.approx(float(back.difference), abs=1e-9)
    assert fast.p[0, 1] == pytest.approx(float(plain.p), abs=1e-12)
    if fast.method == "exact":  # turned around, the same draws are other swaps
        assert fast.p[1, 0] == pytest.approx(float(back.p), abs=1e-12)


@given(SHAPES, SEEDS, st.sampled_from([0, 0.2, 0.5]), st.sampled_from([None, 0]))
def test_the_r_of_swapped_scores_is_that_of_the_plain_way(shape, seed, gaps, digits):
    """Whatever is missing or all alike, unless scores are so near that squares cannot tell."""
    scores, human = drawn(shape, seed, gaps=gaps, digits=digits)
    human[np.isnan(scores).any(axis=0)] = NAN
    kept = np.random.default_rng(seed).random((20, *shape)) < 0.5
    mixed = [np.where(kept, *scores), np.where(kept, *scores[::-1])]
    expected = np.subtract(*[grouped(pearson, x, human, "system").value for x in mixed])
    swapped = SwappedPearson(scores, human)
    found = swapped.differences(np.where(kept, 1.0, -1.0), (np.array([0]), np.array([1])))[0]
    spread = np.array([np.ptp(np.where(np.isnan(human), x[..., :1], x), axis=-1) for x in mixed])
    told = ((spread < 1e-12) | (spread > 1e-3)).all(axis=(0, 2))
    assert found[told] == pytest.approx(expected[told], abs=1e-6, nan_ok=True)


@given(SHAPES, SEEDS, GROUPINGS)
def test_the_difference_is_that_of_the_correlations(shape, seed, grouping):
    scores, human = drawn(shape, seed, metrics=3)
    found = compare_pearson(scores, human, grouping, permutations=5)
    each = grouped(pearson, scores, human, grouping).value
    expected = each[:, None] - each[None]
    np.fill_diagonal(expected, 0)
    assert found.difference == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_all_swaps_by_hand():
    """Two systems, three segments: of 2^3 swaps of whole segments, how many are as large."""
    (first, second), human = drawn((2, 3), 5)
    scores = [(x - x.mean()) / x.std() for x in (first, second)]
    deltas = []
    for swaps in product([True, False], repeat=3):
        mixed = np.where(swaps, *scores), np.where(swaps, *scores[::-1])
        deltas.append(float(np.subtract(*[pearson(x.ravel(), human.ravel()) for x in mixed])))
    observed = deltas[0]
    found = compare(first, second, human, segment_level(pearson, "none"), swap="item")
    assert (found.method, found.permutations) == ("exact", 8)
    assert found.difference == pytest.approx(observed)
    assert found.p == np.mean(np.array(deltas) >= observed - 1e-9)


def test_identical_metrics_do_not_differ():
    (metric, _), human = drawn((5, 30), 0, gaps=0.1)
    alike = metric * 3 - 7  # standardised, it is the same
    for statistic in (segment_level(spearman, "item"), system_level(kendall_b)):
        assert compare(metric, metric, human, statistic, permutations=50).p == 1
    found = compare_pearson([metric, alike, metric], human, "item", permutations=50)
    assert (found.p == 1).all()
    assert np.abs(found.difference).max() < 1e-12


def test_a_better_metric_is_found():
    generator = np.random.default_rng(0)
    human = generator.normal(size=(8, 100))
    good = human + generator.normal(size=human.shape)
    bad = human + 3 * generator.normal(size=human.shape)
    for grouping in ("none", "system", "item"):
        found = compare_pearson([good, bad], human, grouping)
        assert found.p[0, 1] == 1 / 1001
        assert found.p[1, 0] == 1
    assert compare(good, bad, human, segment_level(kendall_b, "item"), permutations=99).p == 0.01


def uniform(ps):
    """Whether p-values could be uniform: a Kolmogorov-Smirnov test that errs once in 1,000."""
    return stats.kstest(ps, "uniform").pvalue > 0.001


@pytest.mark.slow
@pytest.mark.parametrize("swap", ["both", "system", "item"])
def test_without_a_difference_p_is_uniform(swap):
    """Both metrics see the truth through like noise, correlated within systems or segments."""
    ps = []
    for seed in range(300):
        generator = np.random.default_rng(seed)
        human = generator.normal(size=(8, 12)) + generator.normal(size=(8, 1))
        shared = {"both": (8, 12), "system": (8, 1), "item": (1, 12)}[swap]
        scores = human + generator.normal(size=(2, 8, 12)) / 5
        scores += generator.normal(size=(2, *shared))
        ps.append(compare_pearson(scores, human, "none", swap, 199, seed).p[0, 1])
    assert uniform(ps)
    assert np.mean(np.array(ps) <= 0.05) == pytest.approx(0.05, abs=0.03)


def test_stopped_early_p_is_uniform_too_and_says_so():
    ps, tried = [], []
    for seed in range(200):
        (first, second), human = drawn((5, 6), seed)
        statistic = segment_level(pearson, "none")
        found = compare(first, second, human, statistic, "both", 199, seed, stop_after=10)
        assert (found.method == "stopped early") == (
            found.permutations < 199 or found.p >= 10 / 199
        )
        ps.append(float(found.p))
        tried.append(found.permutations)
    assert uniform(ps)
    assert np.mean(tried) < 80


def test_stopping_is_at_the_draw_that_was_enough():
    (first, second), human = drawn((4, 5), 3)
    statistic = segment_level(pearson, "none")
    whole = compare(second, first, human, statistic, permutations=500)
    stopped = compare(second, first, human, statistic, permutations=500, stop_after=20)
    assert (whole.method, stopped.method) == ("sampled", "stopped early")
    assert stopped.p == 20 / stopped.permutations
    assert whole.permutations == 500


def test_the_same_seed_gives_the_same_p():
    (first, second), human = drawn((5, 30), 0)
    ps = [compare_pearson([first, second], human, seed=seed).p[0, 1] for seed in (1, 1, 2)]
    assert ps[0] == ps[1] != ps[2]


def test_a_constant_metric_has_no_correlation_to_differ():
    _, human = drawn((3, 9), 0)
    found = compare_pearson([human, np.ones_like(human)], human)
    assert np.isnan([found.p[0, 1], found.p[1, 0], found.difference[0, 1]]).all()
    plain = compare(human, np.ones_like(human), human, segment_level(pearson, "none"))
    assert np.isnan([plain.p, plain.difference]).all()


def test_systems_by_all_swaps():
    """Of 2^4 sign changes of .5, 1, 2 and -.5: those of the sum 3 or more."""
    scores = np.array([[1.0, 2.0, 3.0, 0.0, NAN], [0.5, 1.0, 1.0, 0.5, 9.0]])
    found = compare_systems(scores)
    assert (found.method, found.permutations) == ("exact", 32)
    sums = [np.dot(signs, [0.5, 1, 2, -0.5]) for signs in product([1, -1], repeat=4)]
    assert found.difference[0, 1] == 3 / 4
    assert found.p[0, 1] == np.mean(np.array(sums) >= 3)
    assert found.p[1, 0] == np.mean(np.array(sums) <= 3)
    assert found.p[0, 0] == 1


@given(st.integers(2, 12), SEEDS)
def test_systems_as_scipy_tests_them(n, seed):
    scores = np.round(np.random.default_rng(seed).normal(size=(2, n)), 1)
    found = compare_systems(scores)
    expected = stats.permutation_test(
        list(scores),
        lambda x, y, axis: np.round(np.mean(x - y, axis=axis), 9),
        permutation_type="samples",
        alternative="greater",
        n_resamples=np.inf,
        vectorized=True,
    )
    assert found.p[0, 1] == pytest.approx(expected.pvalue)


def test_systems_sampled_are_near_the_exact_ones():
    scores = np.random.default_rng(0).normal(size=(4, 300)) + np.arange(4)[:, None] / 12
    found = compare_systems(scores, permutations=20_000)
    assert found.method == "sampled"
    for i in range(4):
        for j in range(4):
            if i != j:
                t = stats.ttest_rel(scores[i], scores[j], alternative="greater").pvalue
                assert found.p[i, j] == pytest.approx(t, abs=0.012)


def test_soft_accuracy_of_a_metric_that_is_the_judge():
    scores, human = drawn((5, 40), 0, noise=4.0)
    judged = compare_systems(human).p
    assert soft_pairwise_accuracy(judged, judged) == 1
    soft = [soft_pairwise_accuracy(compare_systems(one).p, judged) for one in (*scores, -human)]
    assert 0 <= soft[2] < min(soft[:2]) < 1


def p_by_brute_force(one, other):
    gaps = one - other
    sums = [np.dot(signs, gaps) for signs in product([1, -1], repeat=len(gaps))]
    return np.mean(np.array(sums) >= gaps.sum() - 1e-9)


@given(st.integers(2, 4), st.integers(1, 6), SEEDS)
def test_soft_accuracy_is_what_brute_force_finds(systems, n, seed):
    """Thompson et al. (2024): 1 less how far the p-values of metric and people are apart."""
    (metric, _), human = drawn((systems, n), seed, digits=1)
    found = soft_pairwise_accuracy(compare_systems(metric).p, compare_systems(human).p)
    gaps = [
        abs(p_by_brute_force(metric[i], metric[j]) - p_by_brute_force(human[i], human[j]))
        for i, j in combinations(range(systems), 2)
    ]
    assert found == pytest.approx(1 - np.mean(gaps))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x: compare(x, x[:1], x, pearson),
            r"shape \(2, 3\) and \(1, 3\) cannot be compared",
        ),
        (lambda x: compare(x, x, x[:1], pearson), r"metrics of shape \(2, 3\) for judgements"),
        (lambda x: compare(x, x, x, pearson, swap="segment"), "no swap 'segment'; there are both"),
        (lambda x: compare_pearson([np.where(x, x, np.inf)], x), "a score is infinite"),
        (
            lambda x: compare_pearson([x], x, permutations=0),
            "0 permutations; it must be at least 1",
        ),
        (lambda x: compare_pearson([x], x, "items"), "no grouping 'items'"),
        (lambda x: compare_systems(x[0]), r"shape \(3,\); it must be \(systems, segments\)"),
        (
            lambda x: compare(x, x, x, segment_level(pearson, "none"), stop_after=0),
            "stop after 0; it must be at least 1",
        ),
    ],
)
def test_faults_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.arange(6.0).reshape(2, 3))
