"""Variance components: the textbook's table, simulation, dense least squares, laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.judgements import mean_of_raters
from evaluation.statistics.correlation import pearson
from evaluation.statistics.rater_models import apply_rater_model
from evaluation.statistics.rater_offsets import given_ratings
from evaluation.statistics.variance_components import reliability, variance_components
from tests.evaluation.statistics.rated import NAN, RATINGS, simulated

# Shrout & Fleiss (1979), table 2: four judges (rows) of six targets.
SHROUT = np.array([[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]])


def test_the_intraclass_correlations_of_the_papers_table():
    """Shrout & Fleiss (1979), table 4: .29, .71, .62 and .91, for ICC(2,1), (3,1), (2,4), (3,4)."""
    item, rater, residual = variance_components(given_ratings(SHROUT))
    assert round(item / (item + rater + residual), 2) == 0.29
    assert round(item / (item + residual), 2) == 0.71
    assert round(item / (item + (rater + residual) / 4), 2) == 0.62
    assert round(item / (item + residual / 4), 2) == 0.91
    assert reliability(given_ratings(SHROUT)) == pytest.approx(item / (item + residual / 4))


def by_matrices(ratings):
    """The sums of squares of method 3 by dense projections, equated to their expectations."""
    given = given_ratings(ratings)
    items, raters = (
        np.eye(len(given.per_item))[given.items],
        np.eye(len(given.per_rater))[given.raters],
    )
    equations, squares = [], []
    for design in (items, raters, np.hstack([items, raters])):
        left = np.eye(len(given.values)) - design @ np.linalg.pinv(design)
        squares.append(given.values @ left @ given.values)
        equations.append([np.trace(part.T @ left @ part) for part in (items, raters)])
        equations[-1].append(np.trace(left))
    return np.linalg.solve(equations, squares)


@pytest.mark.parametrize("seed", range(5))
def test_components_are_what_dense_matrices_give(seed):
    generator = np.random.default_rng(seed)
    _, ratings = simulated(generator, 25, 6, 3, offset=1)
    assert variance_components(given_ratings(ratings)) == pytest.approx(by_matrices(ratings))


RATERS = [3, 10, 30, 100, 300, 1000]


@pytest.mark.parametrize("raters", RATERS)
@pytest.mark.parametrize("offset", [0, 2])
@pytest.mark.parametrize("centred", [False, True])
def test_reliability_is_the_squared_correlation_with_the_truth(raters, offset, centred):
    """With 3 ratings an item and no offsets it is .75, whatever the number of raters."""
    generator = np.random.default_rng(raters)
    estimates, truths = [], []
    for _ in range(12):
        truth, ratings = simulated(generator, 2000, raters, 3, offset)
        ratings = apply_rater_model(ratings, "centre") if centred else ratings
        estimates.append(reliability(given_ratings(ratings), centred=centred))
        truths.append(pearson(mean_of_raters(ratings), truth) ** 2)
    assert np.mean(estimates) == pytest.approx(np.mean(truths), abs=0.02)
    if not offset and not centred:
        assert np.mean(estimates) == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("shared", [False, True])
def test_reliability_within_groups_is_that_of_differences_within_them(shared):
    """Eight systems' outputs on each of 150 segments, rated by the same raters or by others."""
    generator = np.random.default_rng(5)
    groups = np.tile(np.arange(150), 8)
    estimates, truths = [], []
    for _ in range(12):
        design = groups if shared else None
        truth, ratings = simulated(generator, len(groups), 10, 3, 2, design)
        difficulty = generator.normal(size=150)[groups]
        estimates.append(reliability(given_ratings(ratings + difficulty), groups))
        parts = [
            values - (np.bincount(groups, values) / 8)[groups]
            for values in (truth, mean_of_raters(ratings))
        ]
        truths.append(pearson(*parts) ** 2)
    assert np.mean(estimates) == pytest.approx(np.mean(truths), abs=0.02)


def test_reliability_where_items_have_different_numbers_of_ratings():
    generator = np.random.default_rng(0)
    truth = generator.normal(size=20_000)
    ratings = truth + generator.normal(size=(10, len(truth)))
    ratings[generator.random(ratings.shape) < 0.7] = NAN
    expected = pearson(truth, mean_of_raters(ratings)) ** 2
    assert reliability(given_ratings(ratings)) == pytest.approx(expected, abs=0.01)


def test_raters_of_one_rating_each_are_a_one_way_design():
    """ICC(1,k): offset and residual cannot be told apart, and need not be."""
    generator = np.random.default_rng(1)
    truth = generator.normal(size=4000)
    ratings = np.full((8000, 4000), NAN, dtype=np.float32)
    ratings[np.arange(8000), np.arange(8000) % 4000] = np.tile(truth, 2) + generator.normal(
        size=8000
    )
    given = given_ratings(ratings)
    assert reliability(given) == pytest.approx(2 / 3, abs=0.02)
    assert np.isnan(variance_components(given)).all()


@pytest.mark.parametrize(
    "ratings",
    [
        np.empty((0, 0)),
        [[NAN, NAN]],
        [[1, 2, 3]],
        [[1, 2, NAN, NAN], [NAN, NAN, 1, 2]],
        [[1, 2, NAN], [NAN, 3, 1]],
        [[0.1, 0.1, 0.1], [0.1, 0.1, 0.1]],
    ],
    ids=["nothing", "missing", "one rater", "nothing shared", "one item shared", "all the same"],
)
def test_undefined_reliability_is_nan(ratings):
    assert np.isnan(reliability(given_ratings(np.array(ratings))))


def test_offsets_of_a_long_chain_of_raters():
    """Each rater shares one item with the next: the slowest case, and exact."""
    n = 300
    ratings = np.full((n, n + 1), NAN)
    offsets = np.random.default_rng(0).normal(size=n)
    truth = np.random.default_rng(1).normal(size=n + 1)
    for i in range(n):
        ratings[i, i : i + 2] = truth[i : i + 2] + offsets[i]
    found = given_ratings(ratings)
    assert found.n_components == 1
    fitted = found.offsets(found.values)
    assert fitted - fitted.mean() == pytest.approx(offsets - offsets.mean(), abs=1e-6)


@given(ratings=RATINGS, seed=st.integers(0, 9), centred=st.booleans())
def test_reliability_is_at_most_one_and_knows_no_order_scale_or_origin(ratings, seed, centred):
    generator = np.random.default_rng(seed)
    found = reliability(given_ratings(ratings), centred=centred)
    assert np.isnan(found) or found <= 1 + 1e-9
    mixed = ratings[generator.permutation(len(ratings))]
    mixed = mixed[:, generator.permutation(ratings.shape[1])]
    if not centred:  # the error of fitted offsets is drawn
        assert reliability(given_ratings(mixed * 3 + 1)) == pytest.approx(
            found, nan_ok=True, abs=1e-6
        )
