"""The expected reward of a policy, exactly: over all joint choices of each segment."""

import numpy as np
import torch
from torch import Tensor

from ensemble.diversity.policy.decisions import Decisions
from ensemble.diversity.policy.joint import Joint
from ensemble.diversity.training.rewards import Reward, chosen_states, joint_states
from ensemble.diversity.training.rewards.best_of import ExpectedBest
from ensemble.types import Array, Integers


def option_rewards(
    decisions: Decisions, chosen: Integers, reward: Reward, target_f: float, progress: float
) -> Array:
    """Return the value of each option (n,) where the rest of its segment takes `chosen` (d,).

    It is the value of the whole segment less that with the source kept at that decision.
    """
    segment = decisions.segment[decisions.decision]
    before = chosen_states(decisions, chosen)
    rest = before.rows(segment).plus(decisions, chosen[decisions.decision], sign=-1.0)
    after = rest.plus(decisions, np.arange(len(segment)))
    gain = reward.total(after, target_f, progress) - reward.total(rest, target_f, progress)
    return np.asarray(gain)


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
    """Return the expected reward of each segment less that of the source kept, (m,).

    `log_p` (n,) and `decisions` are those of options, or of sets of samples. A segment that does
    not list its joint choices counts 0, unless its value is a sum over its options.
    """
    joint = decisions.joint
    if reward.is_additive:
        values = option_rewards(decisions, decisions.first[:-1], reward, target_f, 1.0)
        segment = decisions.segment[decisions.decision]
        weights = log_p.double().exp().numpy() * values
        return np.bincount(segment, weights, len(decisions.gold)).astype(np.float64)
    rows = torch.from_numpy(row_rewards(decisions, reward, target_f, 1.0))
    summands = expected(row_log_probabilities(log_p, joint), rows, joint.segment, reward.best_of)
    return np.add.reduceat(summands.double().numpy(), joint.first[:-1])
