from dataclasses import replace

import numpy as np
import pytest

from ensemble.diversity.training.episodes import Episodes
from ensemble.diversity.training.rewards import Reward

pytest.importorskip("sb3_contrib", reason="needs the extra rl")

MARGINAL = Reward(terms={"marginal": 1})


def test_gymnasium_finds_nothing_wrong(tasks):
    from gymnasium.utils.env_checker import check_env

    from ensemble.diversity.training.environment import MemberEnv

    check_env(MemberEnv(tasks[0], MARGINAL), skip_render_check=True)


def test_many_slots_do_what_one_does(tasks):
    from ensemble.diversity.training.environment import MemberVecEnv

    env = MemberVecEnv(Episodes(tasks[0], MARGINAL, slots=5, seed=1))
    seen = env.reset()
    assert seen.shape == (5, *env.observation_space.shape)
    masks = np.stack(env.env_method("action_masks"))
    assert masks.sum(axis=1).tolist() == [2] * 5
    worth = []
    for _ in range(4):
        seen, gain, done, _ = env.step(np.ones(5, dtype=int))
        worth.append(gain.tolist())
    assert done.all()
    assert all(len(set(row)) == 1 for row in worth)  # the toy's segments are all alike


def test_an_option_that_is_not_there_keeps_the_source(tasks):
    kept, absent = (Episodes(tasks[0], MARGINAL, slots=1, seed=0) for _ in range(2))
    assert kept.step(np.array([0]))[0] == absent.step(np.array([7]))[0] == 0


def test_slots_go_on_from_where_they_were_saved(tasks):
    one, other = (Episodes(tasks[0], MARGINAL, slots=3, seed=s) for s in (0, 1))
    for _ in range(3):
        one.step(np.array([0, 1, 1]))
    other.load(one.save())
    for _ in range(30):
        assert np.array_equal(one.seen(), other.seen())
        gains = [e.step(np.array([1, 0, 1]))[0].tolist() for e in (one, other)]
        assert gains[0] == gains[1]


def test_nothing_to_decide_is_an_error(experiment_data, tasks):
    empty = replace(tasks[0].decisions, segment=np.zeros(0, dtype=int))
    with pytest.raises(ValueError, match="nothing to decide"):
        Episodes(tasks[0]._replace(decisions=empty), MARGINAL, slots=1, seed=0)
