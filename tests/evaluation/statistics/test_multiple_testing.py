"""Intervals, Williams' test, corrections, clusters, power: known cases and simulation."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.statistics.correlation import pearson
from evaluation.statistics.multiple_testing import (
    benjamini_hochberg,
    clusters,
    holm,
    smallest_difference,
    williams,
)

NAN = np.nan
PS = st.lists(st.one_of(st.floats(0, 1), st.just(NAN)), max_size=12).map(np.array)


def test_williams_as_published():
    """The worked example of R's psych::r.test: t = .89 with n = 103, two-sided p = .37."""
    found = williams(0.4, 0.5, 0.1, 103)
    assert found.t == pytest.approx(-0.89, abs=0.005)
    assert 2 * williams(0.5, 0.4, 0.1, 103).p == pytest.approx(0.37, abs=0.005)


def test_williams_by_simulation():
    """Without a difference, p is below .05 in one of 20."""
    generator = np.random.default_rng(0)
    truth = generator.normal(size=(4000, 15))
    first, second = truth + generator.normal(size=(2, 4000, 15))
    found = williams(pearson(first, truth), pearson(second, truth), pearson(first, second), 15)
    assert np.mean(found.p < 0.05) == pytest.approx(0.05, abs=0.012)
    assert stats.kstest(found.p, "uniform").pvalue > 0.001


def test_williams_where_there_is_nothing_to_tell():
    assert williams(0.5, 0.5, 1, 20) == (0, 0.5)
    assert np.isnan(williams(0.5, 0.4, 0.3, 3)).all()
    assert np.isnan(williams(0.9, -0.9, 0.9, 20)).all()  # no data have these
    assert np.isnan(williams(NAN, 0.4, 0.3, 30)).all()


@pytest.mark.parametrize(("n", "power"), [(13, 0.5), (13, 0.8), (200, 0.8)])
def test_the_smallest_difference_is_found_as_often_as_asked(n, power):
    correlation, between = 0.85, 0.5
    gap = smallest_difference(n, correlation, between, power)
    r = np.array([[1, correlation, correlation - gap], [0, 1, between], [0, 0, 1]])
    r = np.triu(r) + np.triu(r, 1).T
    data = np.random.default_rng(0).multivariate_normal(np.zeros(3), r, size=(4000, n))
    truth, first, second = np.moveaxis(data, -1, 0)
    found = williams(pearson(first, truth), pearson(second, truth), pearson(first, second), n)
    assert np.mean(found.p < 0.025) == pytest.approx(power, abs=0.06)


def test_more_data_tell_more():
    gaps = [smallest_difference(n, 0.6, 0.7) for n in (4, 5, 8, 13, 100, 10_000)]
    assert all(more < fewer for fewer, more in pairwise(gaps))
    assert 0.7 < gaps[0] < 1.6
    assert gaps[-1] < 0.02
    assert smallest_difference(3, 0.6, 0.7) == np.inf
    assert smallest_difference(4, -0.6, 0.7) == np.inf
    t = williams(0.6, 0.6 - gaps[3], 0.7, 13).t
    assert 2 * stats.t.sf(t, 10) == pytest.approx(0.05)


def test_metrics_that_cannot_be_equally_good_differ_by_at_least_what_they_must():
    """Two that agree with people almost perfectly cannot agree little with each other."""
    gap = smallest_difference(100, 0.99, 0.5)
    assert gap == pytest.approx(0.99 - (0.99 * 0.5 + np.sqrt((1 - 0.99**2) * (1 - 0.5**2))))
    assert williams(0.99, 0.99 - gap, 0.5, 100).p < 0.025


def test_power_needs_numbers_that_can_be():
    for wrong in ({"correlation": 1.0}, {"between": -1.0}, {"power": 1.0}, {"level": 0.0}):
        with pytest.raises(ValueError, match="within"):
            smallest_difference(**{"n": 9, "correlation": 0.5, "between": 0.5, **wrong})


def test_corrections_by_hand():
    given_ps = np.array([[0.01, NAN], [0.04, 0.03]])
    assert np.allclose(holm(given_ps), [[0.03, NAN], [0.06, 0.06]], equal_nan=True)
    corrected = benjamini_hochberg(given_ps)
    assert np.allclose(corrected, [[0.03, NAN], [0.04, 0.04]], equal_nan=True)


@given(PS)
def test_corrections_only_raise_and_keep_the_order(ps):
    for corrected in (holm(ps), benjamini_hochberg(ps)):
        made = ~np.isnan(ps)
        assert np.array_equal(np.isnan(corrected), ~made)
        assert (corrected[made] >= ps[made] - 1e-12).all()
        assert (corrected[made] <= 1).all()
        assert (np.diff(corrected[made][np.argsort(ps[made])]) >= -1e-12).all()
    assert (holm(ps)[made] >= benjamini_hochberg(ps)[made] - 1e-12).all()


def test_clusters_by_hand():
    scores = [0.1, 0.9, 0.5, 0.8, NAN]
    p = np.full((5, 5), 1.0)
    for better, worse in ((1, 2), (3, 2), (1, 0), (3, 0), (1, 4), (3, 4), (2, 4), (0, 4)):
        p[better, worse] = 0.01
    # 1 and 3 above 2 and 0 above 4; of 2 and 0 neither is surely better, nor of 1 and 3.
    assert clusters(scores, p).tolist() == [2, 1, 2, 1, 3]
    p[3, 0] = 0.2
    assert clusters(scores, p).tolist() == [1, 1, 1, 1, 2]
    assert clusters([1.0], [[1.0]]).tolist() == [1]
    with pytest.raises(ValueError, match=r"shape \(2, 2\) for 3 scores"):
        clusters([1, 2, 3], np.ones((2, 2)))
