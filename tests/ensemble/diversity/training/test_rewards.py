from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from ensemble.diversity.config import Experiment
from ensemble.diversity.training.episodes import Episodes
from ensemble.diversity.training.rewards import Coefficient, Reward, chosen_states, start
from ensemble.diversity.training.rewards.diversity import jaccard
from ensemble.diversity.training.rewards.registry import REWARDS

ALL = Reward(
    terms={name: 1.0 for name, r in REWARDS.all().items() if not r.quantity and not r.whole}
)


def test_the_rewards_of_steps_add_up_to_the_value_of_what_was_chosen(tasks):
    task, _ = tasks
    episodes = Episodes(task, ALL, slots=1, seed=3)
    chance = np.random.default_rng(0)
    segment = int(task.decisions.segment[episodes._now[0]])
    before = start(task.decisions, np.array([segment]))
    chosen, total, done = task.decisions.first[:-1].copy(), 0.0, np.array([False])
    while not done[0]:
        now = int(episodes._now[0])
        action = chance.integers(np.diff(task.decisions.first)[now])
        chosen[now] += action
        gain, done = episodes.step(np.array([action]))
        total += float(gain[0])
    after = chosen_states(task.decisions, chosen)
    after = after.rows(np.array([segment]))
    value = ALL.total(after, 0.5, 0.0) - ALL.total(before, 0.5, 0.0)
    assert total == pytest.approx(float(value[0]))


def test_diversity_is_1_where_nothing_is_shared_and_0_where_all_is(tasks):
    state = start(tasks[0].decisions, np.array([0]))
    one, three = np.ones((1, 3)), np.full((1, 2), 1.0)
    apart = replace(state, own=three, shared=0 * one, others=one)
    same = replace(state, own=three, shared=one, others=one)
    neither = replace(state, own=0 * three, shared=0 * one, others=0 * one)
    assert [float(jaccard(s, 0.5)[0]) for s in (apart, same, neither)] == [1, 0, 0]


def test_a_broken_floor_ends_the_segment_and_costs_the_penalty(tasks):
    task, _ = tasks
    free, held = ({"terms": {"quality": 0.0}, "floor": f} for f in (None, {"quality": 0.9}))
    gains = []
    for given in (free, held):
        episodes = Episodes(task, Reward.model_validate(given), slots=1, seed=0)
        gains.append([x[0] for x in episodes.step(np.array([1]))])
    assert gains[0] == [0.0, False]
    assert gains[1] == [-1.0, True]


def test_a_coefficient_goes_from_first_to_last():
    reward = Reward(terms={"diversity": Coefficient(first=0, last=2), "quality": 1})
    assert reward.coefficients(0.25) == {"diversity": 0.5, "quality": 1}


def test_a_reward_that_is_no_number_is_an_error(tasks):
    state = start(tasks[0].decisions, np.array([0]))
    with pytest.raises(ValueError, match="'quality' is not a finite number"):
        Reward(terms={"quality": 1}).total(replace(state, gold=np.array([np.nan])), 0.5, 0.0)
    with pytest.raises(ValidationError):
        Reward(terms={"quality": float("nan")})


def test_a_product_is_that_of_its_terms_and_is_added_to_the_sum(tasks):
    task, _ = tasks
    chosen = task.decisions.first[:-1] + (np.diff(task.decisions.first) > 1)
    state = chosen_states(task.decisions, chosen)
    reward = Reward(terms={"quality": 2}, multiply=("quality", "diversity"))
    parts = reward.values(state, 0.5)
    assert list(parts) == ["quality", "diversity"]
    expected = 2 * parts["quality"] + parts["quality"] * parts["diversity"]
    assert reward.total(state, 0.5, 0.0) == pytest.approx(expected)


def test_a_wrong_edit_earns_nothing_in_a_product_by_being_unlike_others(tasks):
    state = start(tasks[0].decisions, np.array([0]))
    odd = replace(state, own=np.array([[0.0, 3.0]]), shared=np.zeros_like(state.shared))
    summed = Reward(terms={"quality": 1, "diversity": 1})
    multiplied = Reward(multiply=("quality", "diversity"))
    assert summed.total(odd, 0.5, 0.0) > 0
    assert multiplied.total(odd, 0.5, 0.0) == 0


@pytest.mark.parametrize(
    ("absent", "is_open"), [([2, 2], False), ([2, 3], True), ([1, 1], True), ([0, 0], True)]
)
def test_a_segment_that_the_others_get_right_earns_nothing(tasks, absent, is_open):
    state = start(tasks[0].decisions, np.array([0]))
    state = replace(state, absent=np.array([absent], dtype=float), own=np.ones((1, 2)))
    assert state.gold.tolist() == [2.0]
    gated, free = (Reward(terms={"quality": 1}, gate=gate) for gate in ("unsolved", None))
    assert gated.total(state, 0.5, 0.0) == is_open * free.total(state, 0.5, 0.0)


@pytest.mark.parametrize(
    ("reward", "fault"),
    [
        ({}, "needs `terms`, or terms to `multiply`"),
        ({"multiply": ["quality"]}, "two terms or more"),
        ({"multiply": ["quality", "qality"]}, "no reward 'qality'"),
        ({"terms": {"quality": 1}, "gate": "solved"}, "unsolved"),
        ({"terms": {"quality": 1}, "best_of": 0}, "greater than or equal to 1"),
    ],
)
def test_a_reward_that_makes_no_sense_is_refused(reward, fault):
    with pytest.raises(ValidationError, match=fault):
        Reward.model_validate(reward)


@pytest.mark.parametrize(
    ("reward", "plan", "fault"),
    [
        ({"best_of": 2}, {"method": "ppo"}, "best_of needs the method expectation or group"),
        ({"best_of": 3}, {"method": "group"}, "must be a multiple of best_of"),
        ({"floor": {"quality": 0.5}}, {"method": "group"}, "would not stay together"),
        ({}, {"method": "group", "slots": 60}, "must be a multiple of group"),
    ],
)
def test_a_reward_that_the_method_cannot_train_is_refused(reward, plan, fault):
    with pytest.raises(ValidationError, match=fault):
        Experiment.model_validate({"reward": {"terms": {"quality": 1}, **reward}, "plan": plan})


def test_a_group_is_always_in_the_same_segment(tasks):
    task, _ = tasks
    episodes = Episodes(task, ALL, slots=12, seed=3, group=4)
    chance = np.random.default_rng(0)
    for _ in range(50):
        groups = episodes._now.reshape(-1, 4)
        assert (groups == groups[:, :1]).all()
        episodes.step(chance.integers(0, episodes.options, 12))
