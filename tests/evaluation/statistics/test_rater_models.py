"""Rater models: the laws of centring and standardising, and recovery of planted offsets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.judgements import mean_of_raters
from evaluation.statistics.correlation import pearson
from evaluation.statistics.rater_models import apply_rater_model, rater_spreads, scales_differ
from evaluation.statistics.rater_offsets import given_ratings
from tests.evaluation.statistics.rated import NAN, RATINGS, simulated

MODELS = ["mean", "centre", "standardise"]


def near(values):
    return pytest.approx(values, abs=1e-6, nan_ok=True)


@given(ratings=RATINGS, constants=st.lists(st.integers(-9, 9), min_size=5, max_size=5))
@pytest.mark.parametrize("model", ["centre", "standardise"])
def test_a_constant_added_to_a_rater_changes_nothing(model, ratings, constants):
    moved = ratings + np.array(constants[: len(ratings)], dtype=float)[:, None]
    assert apply_rater_model(moved, model) == near(apply_rater_model(ratings, model))


@given(ratings=RATINGS, factors=st.lists(st.sampled_from([0.1, 2, 30]), min_size=5, max_size=5))
def test_a_scale_changes_nothing_once_standardised(ratings, factors):
    scaled = ratings * np.array(factors[: len(ratings)])[:, None]
    expected = apply_rater_model(ratings, "standardise")
    assert apply_rater_model(scaled, "standardise") == near(expected)


@given(ratings=RATINGS, seed=st.integers(0, 99))
@pytest.mark.parametrize("model", MODELS)
def test_the_order_of_raters_and_items_changes_nothing(model, ratings, seed):
    generator = np.random.default_rng(seed)
    order = np.ix_(*(generator.permutation(n) for n in ratings.shape))
    assert apply_rater_model(ratings[order], model) == near(
        apply_rater_model(ratings, model)[order]
    )


@given(ratings=RATINGS)
@pytest.mark.parametrize("model", MODELS)
def test_raters_given_twice_change_no_mean(model, ratings):
    mean = mean_of_raters(apply_rater_model(ratings, model))
    twice = mean_of_raters(apply_rater_model(np.vstack([ratings, ratings]), model))
    assert twice == near(mean)


@given(ratings=RATINGS)
@pytest.mark.parametrize("model", ["mean", "centre"])
def test_items_given_twice_change_no_mean(model, ratings):
    mean = mean_of_raters(apply_rater_model(ratings, model))
    beside = apply_rater_model(np.hstack([ratings, ratings]), model)[:, : ratings.shape[1]]
    # An item that was alone is not alone any more.
    assert np.where(np.isnan(mean), NAN, mean_of_raters(beside)) == near(mean)


@given(ratings=RATINGS)
@pytest.mark.parametrize("model", MODELS)
def test_missing_ratings_remain_missing_and_others_finite(model, ratings):
    adjusted = apply_rater_model(ratings, model)
    assert np.isnan(adjusted[np.isnan(ratings)]).all()
    assert not np.isinf(adjusted).any()


def test_centring_by_hand():
    """Rater 2 is 3 harsher than rater 1; rater 3 has an item for himself."""
    ratings = [[5, 4, NAN, NAN], [NAN, 1, 3, NAN], [NAN, NAN, NAN, 9]]
    nothing = [NAN] * 4
    expected = [[0, -1, NAN, NAN], [NAN, -1, 1, NAN], nothing]
    assert apply_rater_model(ratings, "centre") == near(np.array(expected) + 0.25)


def test_standardising_by_hand():
    """One rating, or the same each time, has no z-score."""
    ratings = [[1, 2, 3], [7, NAN, NAN], [4, 4, 4], [0, 100, NAN]]
    root = np.sqrt(0.5)
    expected = [[-1, 0, 1], [NAN] * 3, [NAN] * 3, [-root, root, NAN]]
    assert apply_rater_model(ratings, "standardise") == near(np.array(expected))
    spreads = rater_spreads(given_ratings(np.array(ratings)))
    assert spreads == near(np.array([1, NAN, NAN, 100 * root]))


def test_models_recover_what_raters_hide():
    """Offsets of twice the truth's spread, then scales that differ tenfold as well."""
    generator = np.random.default_rng(0)
    truth, ratings = simulated(generator, 2000, 10, 3, offset=2)
    reached = {m: pearson(mean_of_raters(apply_rater_model(ratings, m)), truth) for m in MODELS}
    assert reached["mean"] < 0.7
    assert reached["centre"] == pytest.approx(np.sqrt(0.75), abs=0.02)
    wide = ratings * np.where(np.arange(10) < 5, 1, 20)[:, None]
    reached = {m: pearson(mean_of_raters(apply_rater_model(wide, m)), truth) for m in MODELS}
    assert reached["centre"] < 0.8
    assert reached["standardise"] == pytest.approx(np.sqrt(0.75), abs=0.02)


@pytest.mark.parametrize(("raters", "each"), [(2, 2), (3, 3), (10, 3), (300, 3)])
def test_equal_scales_are_rarely_said_to_differ(raters, each):
    generator = np.random.default_rng(raters)
    found = [simulated(generator, 300, raters, each, 1)[1] for _ in range(60)]
    assert sum(scales_differ(given_ratings(ratings)) for ratings in found) <= 1


@pytest.mark.parametrize(("raters", "each"), [(2, 2), (3, 3), (10, 3), (300, 3)])
def test_scales_that_differ_are_seen(raters, each):
    _, ratings = simulated(np.random.default_rng(0), 300, raters, each)
    wide = ratings * np.where(np.arange(raters) % 2, 1, 4)[:, None]
    assert scales_differ(given_ratings(wide))
    assert not scales_differ(given_ratings(np.full((2, 3), 1.0)))
    assert not scales_differ(given_ratings(np.full((2, 3), NAN)))
