"""The ceiling: metrics that know the truth reach it and do not pass it."""

import numpy as np
import pytest
from hypothesis import given

from evaluation.data.judgements import mean_of_raters, read_judgements
from evaluation.statistics.correlation import grouped, pearson, spearman
from evaluation.statistics.kendall import kendall_b
from evaluation.statistics.rater_agreement import krippendorff
from evaluation.statistics.rater_ceiling import ceiling
from tests.evaluation.statistics.rated import NAN, RATINGS, simulated

SCALES = {
    "numbers": lambda values: values,
    "five categories": lambda values: np.clip(np.round(3 + values), 1, 5),
    "mostly the best": lambda values: np.clip(np.round(4.6 + 1.2 * values), 1, 5),
    "errors": lambda values: np.round(-np.exp(-1.2 * values)),
    "yes or no": lambda values: np.where(np.isnan(values), NAN, values > 0),
}


def test_the_ceiling_is_where_the_truth_itself_gets():
    """A metric that knew the truth would reach the root of the reliability, and no more."""
    generator = np.random.default_rng(0)
    truth = generator.normal(size=20_000)
    ratings = truth + generator.normal(0, 1.5, size=(4, len(truth)))
    found = ceiling(ratings)
    assert found.raters == 4
    assert found.root == pytest.approx(pearson(truth, ratings.mean(axis=0)), abs=0.01)
    assert found.reliability == pytest.approx(4 / (4 + 1.5**2), abs=0.01)
    one = [pearson(ratings[i], np.delete(ratings, i, axis=0).mean(axis=0)) for i in range(4)]
    assert found.left_out == pytest.approx(np.mean(one))


@pytest.mark.parametrize("coefficient", [pearson, spearman, kendall_b])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("raters", "offset"), [(3, 0), (10, 0), (10, 1), (100, 1)])
def test_the_truth_does_not_lie_above_the_ceiling(coefficient, scale, raters, offset):
    generator = np.random.default_rng(raters)
    above = []
    for _ in range(8):
        truth, ratings = simulated(generator, 1200, raters, 3, offset)
        ratings = SCALES[scale](ratings)
        reached = coefficient(truth, mean_of_raters(ratings))
        above.append(reached - ceiling(ratings, coefficient).root)
    assert np.mean(above) < 0.015


@pytest.mark.parametrize("coefficient", [pearson, spearman])
@pytest.mark.parametrize("grouping", ["system", "item"])
def test_the_truth_does_not_lie_above_the_ceiling_within_groups(coefficient, grouping):
    generator = np.random.default_rng(3)
    above = []
    shape = 6, 200
    groups = np.indices(shape)[int(grouping == "item")].ravel()
    for _ in range(8):
        truth, ratings = simulated(generator, shape[0] * shape[1], 10, 3, 1)
        mean = mean_of_raters(ratings).reshape(shape)
        reached = grouped(coefficient, truth.reshape(shape), mean, grouping).value
        above.append(reached - ceiling(ratings, coefficient, groups).root)
    assert np.mean(above) < 0.015


def left_out_by_loops(ratings, coefficient):
    total, weight, raters = 0.0, 0, 0
    for i, own in enumerate(ratings):
        others = mean_of_raters(np.delete(ratings, i, axis=0))
        r = coefficient(own, others)
        if not np.isnan(r):
            n = (~np.isnan(own) & ~np.isnan(others)).sum()
            total, weight, raters = total + r * n, weight + n, raters + 1
    return (total / weight if weight else NAN), raters


@pytest.mark.parametrize("coefficient", [pearson, spearman, kendall_b])
@given(ratings=RATINGS)
def test_a_rater_in_a_metrics_place_is_what_loops_over_raters_give(coefficient, ratings):
    found = ceiling(ratings, coefficient)
    expected, raters = left_out_by_loops(ratings, coefficient)
    assert found.left_out == pytest.approx(expected, nan_ok=True, abs=1e-9)
    assert found.raters == raters


def test_one_rater_sets_no_ceiling():
    found = ceiling(np.arange(5.0)[None])
    assert found.raters == 0
    assert np.isnan([found.left_out, found.reliability, found.root]).all()


def test_raters_who_disagree_leave_nothing():
    found = ceiling([[1, 2, 3, 4], [4, 3, 2, 1]])
    assert found.left_out == pytest.approx(-1)
    assert np.isnan(found.root)


def test_faults_are_named():
    with pytest.raises(ValueError, match=r"shape \(3,\); it must be \(raters, items\)"):
        ceiling(np.ones(3))
    with pytest.raises(ValueError, match=r"2 groups of 3 items"):
        ceiling(np.ones((2, 3)), groups=[0, 1])


def test_raters_of_formality(data):
    path = data / "formality" / "lai2022" / "lai2022_long.tsv"
    for what in ("style", "content", "fluency"):
        judged = read_judgements(path, (f"{what}_1", f"{what}_2"), segment="seg")
        ratings = judged.values.reshape(2, -1)
        found = ceiling(ratings, spearman)
        assert 0.3 < found.left_out < found.root < 1
        assert 0 < krippendorff(ratings, "interval") < 1
