"""Families of learners that are known to lie on one line, or not, are told apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.diagnosis.capabilities import Capabilities
from ensemble.diagnosis.trajectories.rank_one import sampling_noise, selection_gain, variance_shares


def one_dimensional(generator, learners=12, kinds=30):
    ability = np.sort(generator.uniform(0, 1, learners))
    slope, easy = generator.uniform(0.2, 0.6, kinds), generator.uniform(0.2, 0.4, kinds)
    return easy + np.outer(ability, slope) + generator.normal(0, 0.01, (learners, kinds))


def two_families(generator, learners=12, kinds=30):
    shares = one_dimensional(generator, learners, kinds)
    other = one_dimensional(generator, learners, kinds)
    mixed = shares.copy()
    mixed[::2, : kinds // 2] = other[::2, : kinds // 2][:, ::-1]
    mixed[1::2, kinds // 2 :] -= 0.3 * generator.random((learners // 2, 1))
    mixed[::2, : kinds // 2] += 0.3 * generator.random((learners // 2, 1))
    return mixed


@given(st.integers(0, 10_000))
def test_a_one_dimensional_family_is_one_line(seed):
    found = variance_shares(one_dimensional(np.random.default_rng(seed)))
    assert found.first > 0.95
    assert found.verdict == "one line"
    assert found.r_first > 0.99
    assert found.left < 0.05


def test_learners_of_one_ability_and_questions_of_all_difficulties_are_one_line():
    # Rasch (1960): along one line, but a curved one.
    generator = np.random.default_rng(1)
    ability, hard = generator.normal(0, 1, 15), generator.normal(0, 1, 40)
    found = variance_shares(1 / (1 + np.exp(hard - ability[:, None])))
    assert found.first > 0.95


@given(st.integers(0, 10_000))
def test_two_families_are_not(seed):
    found = variance_shares(two_families(np.random.default_rng(seed)))
    assert found.first < 0.95
    assert found.verdict == "not one line"
    assert found.left > 0.05


@given(st.integers(0, 10_000))
def test_shares_add_up(seed):
    found = variance_shares(np.random.default_rng(seed).random((5, 7)))
    assert np.isclose(found.overall + found.chance + found.left, 1)
    assert found.first + 1e-9 >= found.overall >= 0
    assert found.first >= found.second


def test_chance_alone_leaves_nothing_to_combine():
    generator = np.random.default_rng(2)
    names = tuple(map(str, range(10)))
    kinds = names * 100
    left, chance = [], []
    for _ in range(30):
        right = (generator.random((8, 1000)) < 0.5).astype(float)
        share = right.reshape(8, 100, 10).mean(axis=1)
        noise = sampling_noise(right, kinds, names)
        found = variance_shares(share, np.full(10, 100), noise)
        left.append(found.left)
        chance.append(found.chance)
        assert np.allclose(noise.mean(), 0.25 * 7 / 8 / 100, rtol=0.2)
    assert np.mean(left) < 0.15
    assert np.mean(chance) > 0.65
    assert found.verdict == "cannot be told"


def test_items_that_are_hard_for_all_are_no_chance():
    right = np.tile((np.arange(100) % 2).astype(float), (4, 1))
    assert np.allclose(sampling_noise(right, ["a"] * 100, ["a"]), 0)


def capabilities(share: np.ndarray) -> Capabilities:
    n = np.full(share.shape[1], 50.0)
    names = tuple(map(str, range(len(share)))), tuple(map(str, range(share.shape[1])))
    return Capabilities(*names, share, n, np.stack([share, share]), np.stack([n, n]) / 2)


def test_choosing_by_kind_gains_where_each_is_good_at_something():
    apart = selection_gain(capabilities(np.array([[0.9, 0.1], [0.2, 0.7]])))
    assert apart.best == 0.5
    assert np.isclose(apart.by_kind, 0.8)
    same = selection_gain(capabilities(np.array([[0.9, 0.5], [0.8, 0.4]])))
    assert same.best == same.by_kind


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (np.ones((2, 5)), "2 learners and 5 kinds"),
        (np.ones((5, 5)), "all learners get the same right"),
    ],
)
def test_too_little_to_compare(share, words):
    with pytest.raises(ValueError, match=words):
        variance_shares(share)
