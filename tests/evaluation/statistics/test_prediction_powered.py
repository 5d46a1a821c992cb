"""Prediction-powered means: the papers' formulas, laws, and small or equal labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.errors import InputError
from evaluation.statistics.prediction_powered import labels_alone, prediction_powered_mean

HUMAN = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]
JUDGE = [0.9, 0.2, 0.6, 0.8, 0.4, 0.7]
OTHERS = [0.5, 0.9, 0.3, 0.8, 0.7, 0.6, 0.2, 0.9]

numbers = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))


@st.composite
def samples(draw, fewest=3):
    n = draw(st.integers(fewest, 30))
    others = draw(st.lists(numbers, min_size=1, max_size=30))
    pairs = draw(st.lists(st.tuples(numbers, numbers), min_size=n, max_size=n))
    return *np.array(pairs).T, np.array(others)


def test_ppi_is_that_of_the_formula():
    """By hand and by ppi_py 0.2.3, `ppi_mean_ci(..., alpha=0.05, lam=1)` on the same numbers."""
    mean = prediction_powered_mean(HUMAN, JUDGE, OTHERS, "normal", weight=1.0)
    rest = np.array(HUMAN) - JUDGE
    error = np.sqrt(np.var(OTHERS) / 8 + np.var(rest) / 6)
    assert mean.value == pytest.approx(np.mean(OTHERS) + rest.mean(), abs=1e-12)
    assert mean.low == pytest.approx(mean.value - 1.959963985 * error, abs=1e-8)
    assert (mean.value, mean.low, mean.high) == pytest.approx(
        (0.679166667, 0.396599488, 0.961733845), abs=1e-6
    )


def test_the_tuned_weight_is_that_of_the_formula():
    """By ppi_py 0.2.3, `ppi_mean_ci(..., alpha=0.05)`."""
    mean = prediction_powered_mean(HUMAN, JUDGE, OTHERS, "normal")
    assert (mean.value, mean.low, mean.high) == pytest.approx(
        (0.67786391, 0.394623664, 0.961104157), abs=1e-6
    )


@given(samples(), st.sampled_from(["t", "normal"]))
def test_weight_0_is_labels_alone(sample, interval):
    human, judge, others = sample
    with_judge = prediction_powered_mean(human, judge, others, interval, weight=0.0)
    alone = labels_alone(human, interval)
    np.testing.assert_allclose(with_judge[:4], alone[:4], atol=1e-9)
    assert alone.value == pytest.approx(human.mean(), abs=1e-9)


@given(samples())
def test_a_judge_that_equals_people_gives_the_mean_of_all(sample):
    human, _, others = sample
    everything = np.concatenate([human, others])
    mean = prediction_powered_mean(human, human, others)
    if np.ptp(human) > 1e-6:
        assert mean.value == pytest.approx(everything.mean(), rel=1e-6, abs=1e-6)
        half = np.std(everything) / np.sqrt(len(everything))
        assert mean.width < 40 * half + labels_alone(human).width


@given(samples(), numbers, st.sampled_from(["t", "normal"]))
def test_a_constant_judge_is_labels_alone(sample, constant, interval):
    human, _, others = sample
    judged = np.full(len(human), constant), np.full(len(others), constant)
    mean = prediction_powered_mean(human, *judged, interval)
    np.testing.assert_allclose(mean[:4], labels_alone(human, interval)[:4], atol=1e-9)


@given(samples(), st.integers(0, 10**6))
def test_the_order_of_items_does_not_matter(sample, seed):
    human, judge, others = sample
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(human))
    once = prediction_powered_mean(human, judge, others)
    again = prediction_powered_mean(human[order], judge[order], rng.permutation(others))
    np.testing.assert_allclose(once, again, rtol=1e-6, atol=1e-6)


@given(samples(), st.floats(0.1, 100), st.floats(-10, 10), st.booleans())
def test_the_judges_scale_does_not_matter_nor_its_direction(sample, factor, shift, inverted):
    human, judge, others = sample
    if np.ptp(judge) < 1:
        return
    factor = -factor if inverted else factor
    once = prediction_powered_mean(human, judge, others)
    again = prediction_powered_mean(human, factor * judge + shift, factor * others + shift)
    np.testing.assert_allclose(once[:3], again[:3], rtol=1e-5, atol=1e-5)


def test_without_items_of_the_judge_alone_it_is_labels_alone():
    for weight in (None, 1.0):
        mean = prediction_powered_mean(HUMAN, JUDGE, [], weight=weight)
        assert mean[:4] == pytest.approx(labels_alone(HUMAN)[:4])


@given(st.integers(3, 40), st.sampled_from([0.0, 1.0]), st.integers(0, 10**6))
def test_equal_labels_have_wilsons_interval(n, label, seed):
    judge = np.random.default_rng(seed).random(n)
    mean = prediction_powered_mean(np.full(n, label), judge, judge + 1, "wilson")
    edge = 1.959963985**2 / (n + 1.959963985**2)
    bounds = (1 - edge, 1) if label else (0, edge)
    assert (mean.low, mean.high) == pytest.approx(bounds, abs=1e-8)
    assert mean.value == label


def test_labels_alone_have_wilsons_interval():
    """Newcombe (1998), Table I: 81 of 263, 0.2553 to 0.3662."""
    mean = labels_alone(np.repeat([1.0, 0.0], [81, 182]), "wilson")
    assert (round(mean.low, 4), round(mean.high, 4)) == (0.2553, 0.3662)


@given(st.integers(0, 10**6), st.integers(5, 40))
def test_wilsons_interval_is_within_0_and_1_and_has_the_value(seed, n):
    rng = np.random.default_rng(seed)
    human = (rng.random(n) < rng.random()).astype(float)
    judge, others = np.where(rng.random(n) < 0.2, 1 - human, human), rng.random(50) < 0.9
    mean = prediction_powered_mean(human, judge, others, "wilson")
    assert 0 <= mean.low <= mean.value <= mean.high <= 1


@pytest.mark.parametrize(
    ("human", "judge", "others", "interval", "fault"),
    [
        ([1, 0], [1, 0], [1], "t", "2 labels"),
        ([1, 0, 1], [1, 0], [1], "t", "shapes"),
        ([1, 0, np.nan], [1, 0, 1], [1], "t", "finite"),
        ([1, 0, 2], [1, 0, 1], [1], "wilson", "outside 0 to 1"),
    ],
)
def test_bad_input_is_named(human, judge, others, interval, fault):
    with pytest.raises(InputError, match=fault):
        prediction_powered_mean(human, judge, others, interval)
