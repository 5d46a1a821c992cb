"""The probability that a text is the best of its segment."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.combiners.neural.calibration import Calibration, lead
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.trained_state import read_state, to_state
from ensemble.training.comparison import beliefs
from ensemble.training.cross_validation import cross_validate
from evaluation.execution.progress import quietly
from evaluation.statistics.calibration import calibration_error

SKILLS = {"a": 0.8, "b": 0.6, "c": 0.4}


def test_a_lead_is_over_the_best_other_of_the_segment():
    scores = np.array([1.0, 3.0, 2.5, 7.0, 4.0, 4.0])
    segment = np.array([0, 0, 0, 1, 2, 2])
    assert lead(scores, segment).tolist() == [-2, 0.5, -0.5, 0, 0, 0]


@given(
    scores=st.lists(st.integers(-50, 50), min_size=1, max_size=12),
    cuts=st.lists(st.integers(0, 3), min_size=12, max_size=12),
)
def test_leads_keep_the_order_within_a_segment(scores, cuts):
    segment = np.cumsum(np.array(cuts[: len(scores)]) > 2)
    segment -= segment[0]
    numbers = np.array(scores, dtype=float)
    leads = lead(numbers, segment)
    for k in range(segment[-1] + 1):
        inside = segment == k
        order = np.argsort(numbers[inside], kind="stable")
        assert (np.diff(leads[inside][order]) >= 0).all()


def test_a_useless_score_is_not_calibrated():
    segment = np.repeat(np.arange(50), 2)
    scores = np.tile([0.0, 1.0], 50)
    assert Calibration.of(scores, np.tile([1.0, 0.0], 50), segment) is None
    assert Calibration.of(scores, np.ones(100), segment) is None
    assert Calibration.of(scores, np.tile([0.0, 1.0], 50), segment).below > 0


def test_texts_have_probabilities_after_training(planted):
    ballots, targets = planted.texts(400, SKILLS)
    outputs = cross_validate(ballots, targets, {"own": Neural.learn}, 4, 1, quietly)["own"]
    assert calibration_error(*beliefs(outputs, targets)) < 0.08  # planted scores are uneven


def test_it_is_saved(planted):
    learnt = Neural.learn(*planted.texts(100, SKILLS)).learnt
    assert learnt.calibration is not None
    assert read_state("texts", to_state(learnt)).calibration == pytest.approx(learnt.calibration)
    assert Neural.learn(*planted.labels(100, SKILLS)).learnt.calibration is None
