"""Training without sampling: the value of every option is known before training.

`expectation` ascends the expected reward itself, a policy gradient without variance. Where the
reward of a segment is not a sum over its options, the expectation is over all its joint choices; in
segments with too many of them, options are valued beside the present choices. `regression`
(reward-weighted regression, Peters & Schaal 2007) raises the log-probability of each option by its
value above that of the worst. It has the same optimum, without the flat regions that the
expectation has where a policy is confident and wrong.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from ensemble.combiners.neural.network import on_one_core
from ensemble.diversity.policy.network import Policy
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.entropy import EntropyBonus, entropy_of
from ensemble.diversity.training.expected import (
    expected,
    option_rewards,
    row_log_probabilities,
    row_rewards,
)
from ensemble.diversity.training.rewards import Reward, chosen_states
from ensemble.diversity.training.task import (
    Plan,
    Steps,
    Task,
    choose,
    log_probabilities,
    new_policy,
    target_f_of,
)
from ensemble.diversity.training.training_log import TrainingLog

_REFRESHED = 10  # steps after which options are valued again, beside the present choices


class _Stateful(Protocol):
    """A part of a training that a checkpoint holds."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> object: ...


class _Values(NamedTuple):
    """The value of each option or set (n,), and the target F0.5 that it was computed with.

    `rows` is the value of each joint choice (R,), or empty where options are enough. Options of
    segments that list their joint choices are then worth 0, so that nothing counts twice.
    """

    values: Tensor
    rows: Tensor
    target_f: float

    @classmethod
    def of(
        cls, policy: Policy, task: Task, reward: Reward, progress: float, jointly: bool
    ) -> "_Values":
        """Return the values of all options beside the choices that `policy` makes now."""
        sets = task.sets_of(reward.together)
        decisions, chosen = sets.decisions, sets.same(choose(policy, task))
        target_f = target_f_of(chosen_states(decisions, chosen), reward)
        values = option_rewards(decisions, chosen, reward, target_f, progress)
        rows = np.zeros(0)
        if jointly:
            listed = decisions.joint.listed[decisions.segment[decisions.decision]]
            values = np.where(listed, 0.0, values)
            rows = row_rewards(decisions, reward, target_f, progress)
        of_options, of_rows = (torch.from_numpy(v.astype(np.float32)) for v in (values, rows))
        return cls(of_options, of_rows, target_f)


@on_one_core()
def train(
    task: Task,
    held_out: Task,
    reward: Reward,
    plan: Plan,
    seed: int,
    checkpoint: Checkpoint,
    steps: Steps,
) -> tuple[Policy, TrainingLog]:
    """Return the best policy on `held_out`, and the log of its training.

    It runs on one core: the networks are so small that two cores would mostly wait for each other.

    Raises:
        ValueError: there is nothing to decide, or a reward is not a finite number.
    """
    policy, log = new_policy(task, seed), TrainingLog(plan, held_out, reward)
    optimiser = torch.optim.Adam(policy.parameters(), lr=plan.rate)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=plan.steps)
    bonus = EntropyBonus(plan.target_entropy)
    parts: dict[str, _Stateful] = {
        "bonus": bonus,
        "policy": policy,
        "optimiser": optimiser,
        "rate": rate,
        "log": log,
    }
    begin, values = _restored(checkpoint, parts)
    jointly = plan.method == "expectation" and not reward.is_additive
    for step in steps(range(begin, plan.steps)) if not log.should_stop else ():
        done = step.item
        if done % _REFRESHED == 0:
            values = _Values.of(policy, task, reward, done / plan.steps, jointly)
        optimiser.zero_grad()
        _loss(policy, task, values, reward, plan, bonus).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        rate.step()
        if (done + 1) % plan.every == 0 or done + 1 == plan.steps:
            step.figures |= log.evaluate(policy, done + 1).figures()
            states = {name: part.state_dict() for name, part in parts.items()}
            checkpoint.save({"done": done + 1, **values._asdict(), **states})
        if log.should_stop:
            break
    policy.load_state_dict(log.best)
    checkpoint.clear()
    return policy, log


def _restored(checkpoint: Checkpoint, parts: Mapping[str, _Stateful]) -> tuple[int, _Values]:
    """Return the steps done and the option values of an interrupted training; load its `parts`."""
    saved = checkpoint.load()
    if saved is None:
        return 0, _Values(torch.zeros(0), torch.zeros(0), 0.5)
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return saved["done"], _Values(saved["values"], saved["rows"], saved["target_f"])


def _loss(
    policy: Policy, task: Task, known: _Values, reward: Reward, plan: Plan, bonus: EntropyBonus
) -> Tensor:
    """Return the loss an option, with the penalty that pulls the policy to its start."""
    log_p, values = log_probabilities(policy, task), known.values
    if plan.method == "regression":
        # Values above the worst option's, as weights must not be negative.
        decision = task.decision
        floor = values.new_full((len(task.decisions.segment),), torch.inf)
        lowest = floor.scatter_reduce(0, decision, values, "amin")
        loss = -(log_p * (values - lowest[decision])).sum()
    else:
        sets, k = task.sets_of(reward.together), reward.best_of
        of_sets = sets.log_probabilities(log_p)
        loss = -expected(of_sets, values, sets.decisions.decision, k).sum()
        if len(known.rows):
            joint = sets.decisions.joint
            of_rows = row_log_probabilities(of_sets, joint)
            loss = loss - expected(of_rows, known.rows, joint.segment, k).sum()
    entropy = entropy_of(log_p)
    loss = loss - bonus.weight * entropy
    bonus.adapt(float(entropy.detach()) / max(len(task.decisions.segment), 1))
    return (loss + plan.hold * policy.network.penalty()) / len(values)
