"""The alternative annotator test: the paper's procedure item by item, laws, and bad input."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from evaluation.errors import InputError
from evaluation.statistics.alt_test import alt_test

NAN = np.nan


def by_definition(judge, annotators, score, epsilon):
    """The procedure of the paper, with loops: winning rate and mean advantage probability."""
    p, advantages = [], []
    for left_out in range(len(annotators)):
        ahead, behind = [], []
        for item in range(len(judge)):
            others = [
                annotators[k][item]
                for k in range(len(annotators))
                if k != left_out and not np.isnan(annotators[k][item])
            ]
            if np.isnan(annotators[left_out][item]) or np.isnan(judge[item]) or not others:
                continue
            of_judge = score(judge[item], np.array(others))
            of_human = score(annotators[left_out][item], np.array(others))
            ahead.append(of_judge >= of_human)
            behind.append(of_human >= of_judge)
        p.append(
            ttest_1samp(
                np.array(behind, float) - np.array(ahead, float), epsilon, alternative="less"
            ).pvalue
        )
        advantages.append(np.mean(ahead))
    order, m = np.argsort(p), len(p)
    limits = 0.05 * np.arange(1, m + 1) / m / (1 / np.arange(1, m + 1)).sum()
    passed = np.flatnonzero(np.array(p)[order] <= limits)
    return (passed.max() + 1 if passed.size else 0) / m, np.mean(advantages)


def accuracy(score, others):
    return (others == score).mean()


def minus_rmse(score, others):
    return -np.sqrt(((others - score) ** 2).mean())


@pytest.mark.parametrize(("alignment", "score"), [("accuracy", accuracy), ("rmse", minus_rmse)])
@pytest.mark.parametrize("noise", [0.2, 0.5, 0.8])
def test_it_is_the_procedure_of_the_paper(alignment, score, noise):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        truth = rng.integers(5, size=60)
        annotators = np.where(rng.random((4, 60)) < 0.3, rng.integers(5, size=(4, 60)), truth)
        annotators = np.where(rng.random((4, 60)) < 0.1, NAN, annotators)
        judge = np.where(rng.random(60) < noise, rng.integers(5, size=60), truth).astype(float)
        result = alt_test(judge, annotators, alignment)
        rate, advantage = by_definition(judge, annotators, score, 0.2)
        assert result.winning_rate == rate
        assert result.advantage == pytest.approx(advantage)


def labels(seed, annotators=4, items=80, noise=0.3):
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=items)
    drawn = rng.integers(3, size=(annotators, items))
    given = np.where(rng.random((annotators, items)) < noise, drawn, truth)
    return truth.astype(float), given.astype(float), rng


@given(st.integers(0, 10**6))
def test_a_judge_that_is_the_consensus_passes_and_one_of_noise_fails(seed):
    truth, annotators, rng = labels(seed)
    good = alt_test(truth, annotators, "accuracy", 0.1)
    assert good.passed
    assert good.winning_rate == 1
    bad = alt_test(rng.integers(3, size=len(truth)), annotators, "accuracy", 0.1)
    assert not bad.passed
    assert bad.advantage < good.advantage


@given(st.integers(0, 10**6), st.sampled_from(["accuracy", "rmse"]))
def test_the_order_of_items_and_annotators_does_not_matter(seed, alignment):
    truth, annotators, rng = labels(seed, items=25 if seed % 2 else 40)
    items, rows = rng.permutation(len(truth)), rng.permutation(len(annotators))
    once = alt_test(truth, annotators, alignment)
    again = alt_test(truth[items], annotators[np.ix_(rows, items)], alignment)
    assert again.winning_rate == once.winning_rate
    np.testing.assert_allclose(again.p, once.p[rows], atol=1e-12)
    np.testing.assert_allclose(again.judge, once.judge[rows])


@given(st.integers(0, 10**6), st.floats(0, 0.5), st.floats(0, 0.4))
def test_a_larger_epsilon_never_loses_an_annotator(seed, epsilon, more):
    truth, annotators, _ = labels(seed)
    once = alt_test(truth, annotators, "accuracy", epsilon)
    assert (alt_test(truth, annotators, "accuracy", epsilon + more).wins >= once.wins).all()


@given(st.integers(0, 10**6), st.floats(-5, 5), st.sampled_from([0.1, 0.5, 3.0]))
def test_distances_do_not_depend_on_where_the_scale_begins(seed, shift, factor):
    truth, annotators, _ = labels(seed)
    once = alt_test(truth, annotators, "rmse")
    assume(factor != 1)
    moved = alt_test(truth * factor + shift, annotators * factor + shift, "rmse")
    np.testing.assert_array_equal(moved.judge, once.judge)
    np.testing.assert_array_equal(moved.human, once.human)


def test_one_judge_of_equal_annotators_wins_with_any_number_of_items():
    for items in (12, 29, 30):
        same = np.ones((3, items))
        result = alt_test(np.ones(items), same, "accuracy")
        assert result.wins.all(), items
        assert not alt_test(np.zeros(items), same, "accuracy").wins.any()
        assert (alt_test(np.ones(items), same, "accuracy", 0.0).p == 1).all()


def test_annotators_without_a_shared_item_are_left_out():
    truth, annotators, _ = labels(1)
    annotators = np.vstack([annotators, np.full(len(truth), NAN)])
    result = alt_test(truth, annotators, "accuracy")
    assert result.annotators.tolist() == [0, 1, 2, 3]
    assert result.items.tolist() == [80] * 4


@pytest.mark.parametrize(
    ("judge", "annotators", "epsilon", "fault"),
    [
        ([1, 0], [[1, 0], [1, 0]], 0.2, "2 of 2 annotators"),
        ([1, NAN], [[1, 0], [NAN, 0], [NAN, 1]], 0.2, "0 of 3 annotators"),
        ([1, 0], [[1, 0, 1]] * 3, 0.2, "shape"),
        ([1, 0], [[1, 0]] * 3, 1.0, "epsilon 1.0"),
        ([1, 0], [[1, 0]] * 3, NAN, "epsilon nan"),
    ],
)
def test_bad_input_is_named(judge, annotators, epsilon, fault):
    with pytest.raises(InputError, match=fault):
        alt_test(judge, annotators, "accuracy", epsilon)
