"""The expected reward of a policy, exactly: over all joint choices of each segment."""

import numpy as np
import torch
from torch import Tensor

from ensemble.diversity.policy.decisions import Decisions
from ensemble.diversity.policy.joint import Joint
from ensemble.diversity.training.rewards import Reward, joint_states
from ensemble.diversity.training.rewards.best_of import ExpectedBest
from ensemble.types import Array, Integers


def row_rewards(decisions: Decisions, reward: Reward, target_f: float, progress: float) -> Array:
    """Return what each joint choice is worth, (R,): the reward less that of the source kept."""
    totals = reward.total(joint_states(decisions), target_f, progress)
    joint = decisions.joint
    return np.asarray(totals - totals[joint.first[joint.segment]])


def row_log_probabilities(log_p: Tensor, joint: Joint) -> Tensor:
    """Return the log-probability of each joint choice (R,), from that of each option (n,).

    The one row of a segment that is not listed has the log-probability 0.
    """
    rows = log_p.new_zeros(int(joint.first[-1]))
    taken = log_p[torch.from_numpy(joint.option)]
    return rows.index_add(0, torch.from_numpy(joint.row), taken)


def expected(log_p: Tensor, values: Tensor, group: Integers, best_of: int) -> Tensor:
    """Return the expected value of the best of k draws from each group, (n,) summands of it.

    Args:
        log_p: the log-probability of each alternative in its group, (n,).
        values: what each alternative is worth, (n,).
        group: the group of each alternative, (n,), ascending.
        best_of: k; of 1 the expectation is that of a single draw.
    """
    if best_of == 1:
        return log_p.exp() * values
    best = ExpectedBest.of(values.double().numpy(), group)
    is_last = torch.from_numpy(np.diff(group, append=-1) != 0)
    highest = torch.where(is_last, values[best.order].to(best.rises.dtype), 0.0)
    return highest - best.shortfalls(log_p.exp(), best_of)


def expected_rewards(log_p: Tensor, decisions: Decisions, reward: Reward, target_f: float) -> Array:
    """Return the expected reward of each segment less that of the source kept, (m,)."""
    joint = decisions.joint
    rows = torch.from_numpy(row_rewards(decisions, reward, target_f, 1.0))
    summands = expected(row_log_probabilities(log_p, joint), rows, joint.segment, reward.best_of)
    return np.add.reduceat(summands.double().numpy(), joint.first[:-1])
