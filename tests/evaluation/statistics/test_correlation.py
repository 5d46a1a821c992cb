"""Pearson and Spearman: scipy's on anything, missing values left out, groups averaged."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.statistics.correlation import grouped, in_groups, pearson, spearman, system_scores

NAN = np.nan
VALUES = st.one_of(
    st.sampled_from([0.0, 1.0, 2.0, NAN]),
    st.floats(-1e6, 1e6).map(lambda x: round(x, 6)),
    st.just(NAN),
)
BATCHES = st.integers(0, 12).flatmap(
    lambda n: st.lists(
        st.tuples(*[st.lists(VALUES, min_size=n, max_size=n)] * 2), min_size=1, max_size=4
    )
)


def by_scipy(coefficient, first, second):
    """What scipy says of what is not missing; NaN where it cannot say."""
    kept = ~(np.isnan(first) | np.isnan(second))
    first, second = first[kept], second[kept]
    if len(first) < 2 or len(set(first)) < 2 or len(set(second)) < 2:
        return NAN
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.NearConstantInputWarning)
        return coefficient(first, second).statistic


@pytest.mark.parametrize(
    ("ours", "theirs"), [(pearson, stats.pearsonr), (spearman, stats.spearmanr)]
)
@given(batch=BATCHES)
def test_scipys_on_anything(ours, theirs, batch):
    first, second = (np.array(side, dtype=float) for side in zip(*batch, strict=True))
    expected = [by_scipy(theirs, *pair) for pair in zip(first, second, strict=True)]
    found = ours(first, second)
    assert found.shape == (len(batch),)
    assert found == pytest.approx(np.array(expected), abs=1e-9, nan_ok=True)


def test_any_batch_and_one_for_all():
    first = np.random.default_rng(0).normal(size=(2, 3, 1, 20))
    second = np.random.default_rng(1).normal(size=(4, 20))
    found = pearson(first, second)
    assert found.shape == (2, 3, 4)
    expected = stats.pearsonr(first[1, 2, 0], second[3]).statistic
    assert found[1, 2, 3] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1e200])
def test_scale_does_not_matter(scale):
    first, second = np.random.default_rng(0).normal(size=(2, 30))
    assert pearson(first * scale, second) == pytest.approx(pearson(first, second), abs=1e-12)


def test_constants_beyond_binary_fractions_are_constants():
    assert np.isnan(pearson(np.full(7, 0.1), np.arange(7)))
    assert np.isnan(spearman(np.arange(7), np.full(7, 0.1)))


def test_infinite_scores_have_ranks_but_no_distance():
    first, second = [NAN, np.inf, 1, 2, -np.inf, 5], [1, 2, 3, 4, 5, NAN]
    finite = spearman([NAN, 99, 1, 2, -99, 5], second)
    assert spearman(first, second) == finite
    assert np.isnan(pearson(first, second))


SCORES = np.array([[1, 2, 3, NAN], [3, 1, 4, 4], [2, 2, 1, 0]])
HUMAN = np.array([[1, 1, 4, 2], [2, 1, 3, NAN], [3, 1, 2, 1]])


def test_groups_by_hand():
    none = grouped(pearson, SCORES, HUMAN, "none")
    flat = by_scipy(stats.pearsonr, SCORES.ravel(), HUMAN.ravel())
    assert (none.value, none.groups) == (pytest.approx(flat), 1)
    item = grouped(pearson, SCORES, HUMAN, "item")
    # The second segment's judgements are all alike, and the fourth has but one pair of scores.
    columns = [by_scipy(stats.pearsonr, SCORES[:, i], HUMAN[:, i]) for i in (0, 2)]
    assert (item.value, item.groups) == (pytest.approx(np.mean(columns)), 2)
    system = grouped(spearman, SCORES, HUMAN, "system")
    rows = [by_scipy(stats.spearmanr, *rows) for rows in zip(SCORES, HUMAN, strict=True)]
    assert (system.value, system.groups) == (pytest.approx(np.mean(rows)), 3)


def test_groups_of_several_metrics_at_once():
    several = np.stack([SCORES, -SCORES, np.zeros_like(SCORES)])
    found = grouped(pearson, several, HUMAN, "system")
    assert found.value[0] == pytest.approx(-found.value[1])
    assert np.isnan(found.value[2])
    assert found.groups.tolist() == [3, 3, 0]


def test_scores_that_have_no_groups():
    with pytest.raises(ValueError, match=r"shape \(3,\); it must be \(..., systems, segments\)"):
        in_groups(np.ones(3), "none")
    with pytest.raises(ValueError, match="no grouping 'items'; there are none, system, item"):
        grouped(pearson, SCORES, HUMAN, "items")
    with pytest.raises(ValueError, match="broadcast"):
        pearson(np.ones(3), np.ones(4))


def test_means_of_systems_leave_out_what_is_missing():
    found = system_scores([[1, NAN, 3], [NAN, NAN, NAN]])
    assert np.array_equal(found, [2, NAN], equal_nan=True)
