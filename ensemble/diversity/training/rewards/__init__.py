"""Rewards of a member in training; a reward is a function in a module of this package.

All are values of a segment in some state, so that the reward of a step is the value after it less
the value before: the sum over steps is the value of the chosen options, less that of the source.
"""

from ensemble.diversity.training.rewards.options import Options
from ensemble.diversity.training.rewards.registry import register
from ensemble.diversity.training.rewards.reward import Coefficient, Floor, Reward
from ensemble.diversity.training.rewards.state import (
    State,
    chosen_states,
    f_score,
    joint_states,
    start,
)

__all__ = [
    "Coefficient",
    "Floor",
    "Options",
    "Reward",
    "State",
    "chosen_states",
    "f_score",
    "joint_states",
    "register",
    "start",
]
