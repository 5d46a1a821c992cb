"""Advantages within groups: of returns to the end of each segment, with a mean of 0."""

import numpy as np
import pytest
import torch
from gymnasium import spaces

pytest.importorskip("sb3_contrib", exc_type=ImportError)

from ensemble.diversity.training.group_buffer import GroupBuffer


def filled(rewards: list[list[float]], starts: list[list[float]], group: int) -> GroupBuffer:
    steps, slots = np.shape(rewards)
    box, discrete = spaces.Box(0, 1, (1,)), spaces.Discrete(2)
    buffer = GroupBuffer(steps, box, discrete, n_envs=slots, group=group)
    buffer.reset()
    for reward, start in zip(rewards, starts, strict=True):
        nothing = torch.zeros(slots)
        observation, masks = np.zeros((slots, 1)), np.ones((slots, 2))
        arguments = np.array(reward), np.array(start), nothing, nothing
        buffer.add(observation, np.zeros((slots, 1)), *arguments, action_masks=masks)
    buffer.compute_returns_and_advantage(torch.zeros(slots), np.zeros(slots, dtype=bool))
    return buffer


def test_a_return_ends_where_the_next_segment_begins() -> None:
    rewards = [[1, 0], [2, 0], [4, 0]]
    buffer = filled(rewards, [[1, 1], [0, 0], [1, 1]], group=2)
    assert buffer.advantages.tolist() == [[1.5, -1.5], [1, -1], [2, -2]]


def test_advantages_of_a_group_sum_to_zero_whatever_it_has_in_common() -> None:
    chance = np.random.default_rng(1)
    rewards = chance.normal(size=(5, 6))
    starts = np.zeros((5, 6))
    one = filled(rewards.tolist(), starts.tolist(), group=3).advantages
    common = np.repeat(chance.normal(size=(5, 2)), 3, axis=1)
    other = filled((rewards + common).tolist(), starts.tolist(), group=3).advantages
    assert one.reshape(5, 2, 3).sum(axis=2) == pytest.approx(np.zeros((5, 2)), abs=1e-5)
    assert one == pytest.approx(other, abs=1e-5)
