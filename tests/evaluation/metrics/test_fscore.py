"""F-beta from counts, and its empty cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics.fscore import f_precision_recall

COUNT = st.integers(0, 50)
BETA = st.floats(0.1, 10)


@pytest.mark.parametrize(
    ("counts", "figures"),
    [
        ((1, 2, 4), (0.4166666667, 0.5, 0.25)),
        ((0, 0, 4), (0, 1, 0)),
        ((0, 3, 0), (0, 0, 1)),
        ((0, 0, 0), (1, 1, 1)),
        ((0, 3, 4), (0, 0, 0)),
    ],
)
def test_known_cases(counts, figures):
    assert f_precision_recall(np.array(counts, float), 0.5) == pytest.approx(figures)


@given(COUNT, COUNT, COUNT, BETA)
def test_f_lies_between_precision_and_recall(correct, spurious, missed, beta):
    counts = np.array([correct, correct + spurious, correct + missed], float)
    f, precision, recall = f_precision_recall(counts, beta)
    assert min(precision, recall) - 1e-9 <= f <= max(precision, recall) + 1e-9


@given(st.lists(st.tuples(COUNT, COUNT, COUNT), min_size=1), BETA)
def test_many_at_once_are_each_alone(rows, beta):
    counts = np.array(rows, float)
    alone = [f_precision_recall(row, beta) for row in counts]
    assert np.array_equal(f_precision_recall(counts, beta), alone)
