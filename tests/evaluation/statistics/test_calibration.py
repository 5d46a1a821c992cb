"""The calibration error on cases worked by hand."""

from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.statistics.calibration import calibration_error, reliability


def test_what_always_holds_true_is_perfect():
    assert calibration_error([1, 1, 0], [True, True, False]) == 0


def test_certain_and_half_right():
    assert calibration_error(np.ones(4), [1, 0, 1, 0]) == 0.5


def test_bins_weigh_what_they_hold():
    # Three in one bin, off by .2 on average; one in another, off by .4.
    assert calibration_error([0.8, 0.8, 0.8, 0.4], [1, 1, 1, 0]) == pytest.approx(0.25)


def test_opposite_errors_cancel_within_a_bin_only():
    said, right = [0.2, 0.8], [1, 0]
    assert calibration_error(said, right, bins=1) == 0
    assert calibration_error(said, right, bins=2) == pytest.approx(0.8)


def test_a_bin_holds_its_lower_edge_and_the_last_one_both():
    edges = np.linspace(0, 1, 11)
    assert reliability(edges, np.ones(11)).n.tolist() == [1] * 9 + [2]


def test_an_interval_holds_its_rate_and_an_empty_bin_has_none():
    found = reliability([0.95] * 20, [1] * 19 + [0], bins=2)
    assert np.isnan([found.rate[0], found.low[0], found.probability[0]]).all()
    # Wilson's interval of 19 in 20, as statsmodels gives it.
    assert (found.low[1], found.high[1]) == pytest.approx((0.7639, 0.9911), abs=1e-4)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1), st.integers(1, 30))
def test_it_lies_between_0_and_1(said, bins):
    probability, right = zip(*said, strict=True)
    assert 0 <= calibration_error(probability, right, bins) <= 1
    assert reliability(probability, right, bins).n.sum() == len(said)


@pytest.mark.parametrize(
    ("probability", "right", "bins", "message"),
    [
        ([], [], 10, "at least one prediction"),
        ([0.5], [1], 0, "one bin"),
        ([0.5], [1, 0], 10, "do not match"),
        ([[0.5]], [[1]], 10, "do not match"),
        ([nan], [1], 10, "missing or outside"),
        ([1.5], [1], 10, "missing or outside"),
        ([0.5], [0.5], 10, "neither right"),
    ],
)
def test_what_is_refused(probability, right, bins, message):
    with pytest.raises(ValueError, match=message):
        calibration_error(probability, right, bins)
