"""Intervals: that they hold what they should, as often as they say, and the shorter way."""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from evaluation.statistics.correlation import in_groups, pearson, segment_level, system_level
from evaluation.statistics.intervals import (
    bootstrap_agreement,
    bootstrap_difference,
    bootstrap_items,
    interval,
)
from evaluation.statistics.kendall import kendall_b, pairwise_accuracy

NAN = np.nan


def seen(noise, shape=(8, 60), seed=0):
    """Judgements, and metrics that see them through noise."""
    generator = np.random.default_rng(seed)
    human = generator.normal(size=shape)
    return [human + one * generator.normal(size=shape) for one in noise], human


@pytest.mark.parametrize("draw", ["item", "system", "both"])
def test_the_interval_of_a_difference_holds_it(draw):
    (good, bad), human = seen([1, 2])
    for statistic in (segment_level(kendall_b, "item"), segment_level(pearson, "none")):
        found = bootstrap_difference(good, bad, human, statistic, draw, resamples=100)
        expected = statistic(good, human) - statistic(bad, human)
        assert found.difference == pytest.approx(float(expected))
        assert 0 < found.low < found.difference + 0.05
        assert found.difference - 0.05 < found.high
        back = bootstrap_difference(bad, good, human, statistic, draw, resamples=100)
        assert back.low == pytest.approx(-found.high)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Of two metrics alike, whose true difference is 0: about 5% of the intervals miss it."""
    missed = 0
    for seed in range(200):
        (first, second), human = seen([1, 1], (1, 60), seed)
        statistic = segment_level(pearson, "none")
        found = bootstrap_difference(first, second, human, statistic, resamples=200, seed=seed)
        missed += not found.low <= 0 <= found.high
    assert 2 <= missed <= 22


def test_resamples_that_leave_nothing_are_counted():
    (first, second), human = seen([1, 1], (2, 3))
    statistic = system_level(pearson)
    found = bootstrap_difference(first, second, human, statistic, "system", resamples=200)
    assert found.undefined == pytest.approx(100, abs=30)  # the same system drawn twice
    none = bootstrap_difference(first, second, human * NAN, statistic, resamples=9)
    assert np.isnan([none.difference, none.low, none.high]).all()
    assert none.undefined == 9


def test_the_same_seed_gives_the_same_interval():
    (first, second), human = seen([1, 1])
    found = partial(
        bootstrap_difference, first, second, human, segment_level(pearson, "item"), resamples=30
    )
    assert found(seed=1) == found(seed=1) != found(seed=2)


@pytest.mark.parametrize("draw", ["item", "system", "both"])
def test_agreement_of_several_metrics_is_that_of_each(draw):
    generator = np.random.default_rng(1)
    human = generator.normal(size=(5, 30))
    metrics = human + generator.normal(size=(3, 5, 30))
    statistic = segment_level(pearson, "none")
    found = bootstrap_agreement(metrics, human, statistic, draw, 300)
    for one, value, low, high in zip(metrics, *found[:3], strict=True):
        assert value == pytest.approx(stats.pearsonr(one.ravel(), human.ravel()).statistic)
        assert low < value < high
    between = bootstrap_difference(metrics[0], metrics[1], human, statistic, draw, 300)
    assert between.difference == pytest.approx(found.value[0] - found.value[1])


def test_agreement_of_what_does_not_fit():
    with pytest.raises(ValueError, match=r"metrics of shape \(5, 3\) for judgements"):
        bootstrap_agreement(np.zeros((5, 3)), np.zeros((5, 3)), segment_level(pearson, "none"))


def test_agreement_that_is_undefined_has_no_interval():
    statistic = segment_level(pearson, "none")
    found = bootstrap_agreement(np.ones((1, 2, 3)), np.ones((2, 3)), statistic, resamples=7)
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.undefined.tolist() == [7]


@pytest.mark.parametrize("coefficient", [pearson, kendall_b])
def test_items_need_not_be_reckoned_anew(coefficient):
    metrics, human = seen([1, 2, 3], (4, 20))
    human[0, 3] = human[1:, 5] = NAN  # the latter leaves one judged, which defines nothing
    metrics = np.stack(metrics)
    slow = bootstrap_agreement(metrics, human, segment_level(coefficient, "item"), resamples=50)
    each = coefficient(in_groups(metrics, "item"), in_groups(human, "item"))
    quick = bootstrap_items(each, 50)
    assert quick.value == pytest.approx(slow.value)
    assert quick.undefined.tolist() == slow.undefined.tolist()
    # The item that defines nothing is a unit drawn only in the slower way.
    for ours, theirs in zip((quick.low, quick.high), (slow.low, slow.high), strict=True):
        assert ours == pytest.approx(theirs, abs=5e-3)


def test_few_units_widen_an_interval_and_many_do_not():
    drawn = np.random.default_rng(0).normal(size=(2, 20_000))
    widths = [np.subtract(*interval(drawn, n)[1::-1])[0] for n in (4, 8, 20, 1000)]
    assert widths == sorted(widths, reverse=True)
    plain = np.subtract(*np.percentile(drawn[0], [97.5, 2.5]))
    assert widths[-1] == pytest.approx(plain, rel=0.01)
    low, _, _, family_low = interval(drawn, 20)
    assert (family_low < low).all()
    alone_low, _, _, alone_family_low = interval(drawn[:1], 20)
    assert alone_low == alone_family_low == low[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": np.ones((2, 3))}, r"shape \(2, 3\), \(8, 60\) and \(8, 60\)"),
        ({"draw": "segment"}, "1000 resamples of 'segment'"),
        ({"resamples": 0}, "0 resamples of 'item'"),
    ],
)
def test_faults_are_named(change, message):
    (first, second), human = seen([1, 1])
    asked = {"first": first, "second": second, "human": human}
    with pytest.raises(ValueError, match=message):
        bootstrap_difference(
            **{**asked, "statistic": segment_level(pairwise_accuracy, "item"), **change}
        )
