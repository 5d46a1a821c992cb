"""Training without sampling: what every option is worth is known offline.

`expectation` climbs the expected reward itself, a policy gradient without variance. `regression`
(reward-weighted regression, Peters & Schaal 2007) raises the log-probability of each option by as
much as it is worth more than the worst: it is right about the same options, and without the flat
places of the expectation, where a policy is sure of what is wrong.
"""

import numpy as np
import torch
from torch import Tensor

from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.decisions import Array, Decisions, Places
from ensemble.diversity.training.policy import Policy
from ensemble.diversity.training.rewards import Reward, chosen_states
from ensemble.diversity.training.training import (
    Course,
    Plan,
    Steps,
    Task,
    bar_of,
    choose,
    log_probabilities,
    new_policy,
)

_REFRESHED = 10  # passes after which options are valued anew, by what else is now chosen


def option_rewards(
    decisions: Decisions, chosen: Places, reward: Reward, bar: float, progress: float
) -> Array:
    """Return what each option is worth (n,), if elsewhere in its segment `chosen` (d,) is taken.

    It is the value of the whole segment less that with the source kept at that decision.
    """
    where = decisions.segment[decisions.decision]
    before = chosen_states(decisions, chosen)
    rest = before.rows(where).plus(decisions, chosen[decisions.decision], sign=-1.0)
    after = rest.plus(decisions, np.arange(len(where)))
    gain = reward.total(after, bar, progress) - reward.total(rest, bar, progress)
    return np.asarray(gain)


def train(
    task: Task,
    held_out: Task,
    reward: Reward,
    plan: Plan,
    seed: int,
    checkpoint: Checkpoint,
    steps: Steps,
) -> tuple[Policy, Course]:
    """Return the best policy on `held_out`, and how training went.

    Raises:
        ValueError: there is nothing to decide, or a reward is not a finite number.
    """
    policy, course = new_policy(task, seed), Course(plan, held_out, reward)
    optimiser = torch.optim.Adam(policy.parameters(), lr=plan.rate)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=plan.steps)
    begin, worth, bar = 0, torch.zeros(0), 0.5
    if saved := checkpoint.load():
        begin, worth, bar = saved["done"], saved["worth"], saved["bar"]
        for part in (policy, optimiser, rate, course):
            part.load_state_dict(saved[type(part).__name__])
    for done in steps(range(begin, plan.steps)) if not course.late else ():
        if done % _REFRESHED == 0:
            worth, bar = _worth(policy, task, reward, done / plan.steps)
        optimiser.zero_grad()
        loss = _loss(policy, task, worth, plan) + plan.hold * policy.network.strain()
        (loss / len(worth)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        rate.step()
        if (done + 1) % plan.every == 0 or done + 1 == plan.steps:
            course.look(policy, done + 1)
            states = {type(p).__name__: p.state_dict() for p in (policy, optimiser, rate, course)}
            checkpoint.save({"done": done + 1, "worth": worth, "bar": bar, **states})
        if course.late:
            break
    policy.load_state_dict(course.best)
    checkpoint.clear()
    return policy, course


def _worth(policy: Policy, task: Task, reward: Reward, progress: float) -> tuple[Tensor, float]:
    """Return what each option is worth (n,) beside what `policy` now chooses, and the bar."""
    chosen = choose(policy, task)
    bar = bar_of(chosen_states(task.decisions, chosen), reward)
    worth = option_rewards(task.decisions, chosen, reward, bar, progress)
    return torch.from_numpy(worth.astype(np.float32)), bar


def _loss(policy: Policy, task: Task, worth: Tensor, plan: Plan) -> Tensor:
    own = log_probabilities(policy, task)
    if plan.method == "expectation":
        return -(own.exp() * worth).sum()
    decision = task.place
    floor = worth.new_full((len(task.decisions.segment),), torch.inf)
    lowest = floor.scatter_reduce(0, decision, worth, "amin")
    return -(own * (worth - lowest[decision])).sum()
