"""Corrected prevalence: the formulas, published figures, laws, and where correcting is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.errors import InputError
from evaluation.statistics.rogan_gladen import Counts, corrected_prevalence, prevalence_interval


def test_it_is_the_estimate_of_rogan_and_gladen():
    value, low, high = prevalence_interval(Counts(30, 100), Counts(45, 50), Counts(80, 100))
    assert value == pytest.approx((0.3 + 0.8 - 1) / (0.9 + 0.8 - 1))
    assert low < value < high


def test_the_interval_is_that_of_lang_and_reiczigel():
    """Their equations, on 3 of 263 positive, 88 of 89 and 132 of 134 right."""
    z = 1.959963985
    se, sp = 89 / 91, 133 / 136
    rate = (3 + z**2 / 2) / (263 + z**2)
    centre = (rate + sp - 1) / (se + sp - 1)
    shift = 2 * z**2 * (centre * se * (1 - se) / 91 - (1 - centre) * sp * (1 - sp) / 136)
    variance = rate * (1 - rate) / (263 + z**2)
    variance += centre**2 * se * (1 - se) / 91 + (1 - centre) ** 2 * sp * (1 - sp) / 136
    high = centre + shift + z * variance**0.5 / (se + sp - 1)
    bounds = prevalence_interval(Counts(3, 263), Counts(88, 89), Counts(132, 134))
    assert bounds == pytest.approx((0.0, 0.0, high), abs=1e-8)


@given(st.integers(1, 400), st.integers(0, 400))
def test_a_judge_without_error_on_many_labels_keeps_its_share(total, positive):
    positive = min(positive, total)
    perfect = Counts(10**9, 10**9)
    value, low, high = prevalence_interval(Counts(positive, total), perfect, perfect)
    # Agresti & Coull (1998), which the interval is without errors of the judge.
    z = 1.959963985
    rate = (positive + z**2 / 2) / (total + z**2)
    half = z * np.sqrt(rate * (1 - rate) / (total + z**2))
    assert value == pytest.approx(positive / total, abs=1e-6)
    bounds = np.clip([rate - half, rate + half], 0, 1)
    np.testing.assert_allclose([low, high], bounds, atol=1e-4)


@st.composite
def tables(draw):
    seed = draw(st.integers(0, 10**6))
    rng = np.random.default_rng(seed)
    n = draw(st.integers(10, 200))
    human = rng.random(n) < rng.uniform(0.1, 0.9)
    wrong = rng.uniform(0, 0.6)
    judge = np.where(rng.random(n) < wrong, ~human, human)
    return human.astype(float), judge.astype(float), (rng.random(300) < 0.5).astype(float), rng


@given(tables())
def test_the_order_of_items_does_not_matter(table):
    human, judge, others, rng = table
    order = rng.permutation(len(human))
    once = corrected_prevalence(human, judge, others)
    again = corrected_prevalence(human[order], judge[order], rng.permutation(others))
    np.testing.assert_equal(once, again)


@given(tables())
def test_swapping_0_and_1_swaps_the_share(table):
    human, judge, others, _ = table
    once = corrected_prevalence(human, judge, others)
    swapped = corrected_prevalence(1 - human, 1 - judge, 1 - others)
    np.testing.assert_allclose(
        [swapped.value, swapped.low, swapped.high],
        [1 - once.value, 1 - once.high, 1 - once.low],
        atol=1e-9,
    )
    assert (swapped.refusal is None) == (once.refusal is None)


@given(tables())
def test_bounds_hold_the_share_or_it_is_refused(table):
    human, judge, others, _ = table
    result = corrected_prevalence(human, judge, others)
    assert 0 <= result.low <= result.high <= 1
    assert not np.isnan(result.value) or result.refusal


def test_a_judge_at_chance_is_refused():
    human = np.tile([1.0, 1.0, 0.0, 0.0], 10)
    judge = np.tile([1.0, 0.0], 20)
    result = corrected_prevalence(human, judge, np.ones(100))
    assert "no better than chance" in (result.refusal or "")
    assert (result.low, result.high) == (0, 1)


def test_an_interval_wider_than_that_of_labels_is_refused():
    human = np.repeat([1.0, 0.0], 50)
    judge = np.concatenate([np.repeat([1.0, 0.0], [38, 12]), np.repeat([1.0, 0.0], [12, 38])])
    result = corrected_prevalence(human, judge, np.tile([1.0, 0.0], 50))
    assert "wide, that of labels alone" in (result.refusal or "")


def test_equal_labels_are_refused():
    result = corrected_prevalence(np.ones(30), np.ones(30), np.ones(100))
    assert result.refusal == "all labels are equal, so that the judge's errors are unknown"


@pytest.mark.parametrize(
    ("human", "judge", "others"),
    [([1, 0], [1], [1]), ([1, 0], [1, 0.5], [1]), ([1, 0], [1, 0], []), ([np.nan], [1], [1])],
)
def test_bad_input_is_named(human, judge, others):
    with pytest.raises(InputError):
        corrected_prevalence(human, judge, others)
