"""The bootstrap: its laws, and known cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.statistics.significance import RESAMPLES, bootstrap, paired_difference

COUNTS = st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=30).map(
    lambda rows: np.array(rows, dtype=np.float64)
)


def ratio(sums):
    """Of the first to the second; both at once, to see that a statistic may be several."""
    first = sums[..., 0] / np.maximum(sums[..., 1], 1)
    return np.stack([first, -first], axis=-1)


@given(COUNTS)
def test_the_interval_lies_within_what_resampling_can_give(counts):
    low, high = bootstrap(counts, lambda sums: sums[..., 0] / len(counts), resamples=50)
    assert counts[:, 0].min() - 1e-9 <= low <= high <= counts[:, 0].max() + 1e-9


@given(COUNTS)
def test_the_same_seed_gives_the_same_interval(counts):
    first, again = (bootstrap(counts, ratio, resamples=20, seed=7) for _ in range(2))
    assert np.array_equal(first, again)


def test_a_different_seed_gives_a_different_interval():
    counts = np.random.default_rng(0).integers(0, 9, (50, 3)).astype(float)
    assert bootstrap(counts, ratio, seed=1).low[0] != bootstrap(counts, ratio, seed=2).low[0]


def test_segments_that_are_all_alike_leave_no_doubt():
    low, high = bootstrap(np.tile([1.0, 2.0, 0.0], (9, 1)), ratio)
    assert low.tolist() == high.tolist() == [0.5, -0.5]


def test_the_interval_of_a_mean_is_near_the_normal_one():
    values = np.random.default_rng(0).normal(size=(400, 1))
    low, high = bootstrap(values, lambda sums: sums[..., 0] / 400, resamples=4000)
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.01)
    assert high == pytest.approx(values.mean() + half, abs=0.01)


def test_drawing_in_parts_changes_nothing(monkeypatch):
    counts = np.random.default_rng(0).integers(0, 9, (50, 3)).astype(float)
    whole = bootstrap(counts, ratio)
    monkeypatch.setattr("evaluation.statistics.significance._MAX_DRAWS", 170)
    assert np.array_equal(bootstrap(counts, ratio), whole)


@given(COUNTS)
def test_a_system_does_not_differ_from_itself(counts):
    delta, low, high, p = paired_difference(counts, counts, ratio, resamples=20)
    assert delta.tolist() == low.tolist() == high.tolist() == [0.0, 0.0]
    assert p.tolist() == [1.0, 1.0]


@given(COUNTS)
def test_exchanging_the_systems_turns_the_sign(counts):
    other = counts[::-1]
    there = paired_difference(counts, other, ratio, resamples=40)
    back = paired_difference(other, counts, ratio, resamples=40)
    assert np.allclose(there.delta, -back.delta)
    assert np.allclose(there.p, back.p)


def test_a_system_that_is_always_better_is_surely_better():
    worse = np.tile([1.0, 2.0, 0.0], (100, 1))
    better = np.tile([2.0, 2.0, 0.0], (100, 1))
    delta, low, high, p = paired_difference(better, worse, ratio)
    assert delta[0] == low[0] == high[0] == 0.5
    assert p[0] == 1 / (RESAMPLES + 1)


def test_chance_differences_are_not_sure():
    generator = np.random.default_rng(0)
    first, second = generator.integers(0, 9, (2, 60, 3)).astype(float)
    delta, low, high, p = paired_difference(first, second, ratio)
    assert low[0] < 0 < high[0]
    assert p[0] > 0.05
    assert low[0] <= delta[0] <= high[0]


def test_an_interval_needs_segments():
    with pytest.raises(ValueError, match="at least one segment"):
        bootstrap(np.empty((0, 3)), ratio)


def test_systems_on_different_segments_are_not_compared():
    with pytest.raises(ValueError, match="cannot be paired"):
        paired_difference(np.ones((3, 3)), np.ones((4, 3)), ratio)
