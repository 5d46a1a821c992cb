"""The number of labels for a wanted interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.errors import InputError
from evaluation.statistics.labels_needed import labels_needed


def test_labels_alone_need_the_textbook_number():
    assert labels_needed(0.25, 0.0, 10_000, 0.05) == 385
    assert labels_needed(0.25, 0.0, 384, 0.05) is None


@given(st.floats(0.01, 10), st.floats(-1, 1), st.integers(10, 10**6), st.floats(0.01, 3))
def test_it_is_the_least_number_whose_interval_is_narrow_enough(variance, r, items, half_width):
    n = labels_needed(variance, r, items, half_width)

    def half(labels):
        return 1.959963985 * (variance * ((1 - r**2) / labels + r**2 / items)) ** 0.5

    if n is None:
        assert half(items) > half_width * (1 - 1e-6)
    else:
        assert half(n) <= half_width * (1 + 1e-6)
        assert n == 1 or half(n - 1) > half_width * (1 - 1e-6)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_better_judge_never_needs_more(first, second):
    worse, better = sorted([first, second])
    of_worse = labels_needed(1.0, worse, 1000, 0.2)
    assert labels_needed(1.0, better, 1000, 0.2) <= of_worse


@pytest.mark.parametrize(("r", "half_width"), [(0.5, 0.0), (0.5, float("nan")), (1.1, 0.1)])
def test_bad_input_is_named(r, half_width):
    with pytest.raises(InputError):
        labels_needed(1.0, r, 100, half_width)
