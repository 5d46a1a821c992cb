"""The log of a training: how the policy does on held-out segments, and when to stop."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from ensemble.diversity.policy.network import Policy, best, log_softmax
from ensemble.diversity.training.entropy import entropy_of
from ensemble.diversity.training.expected import expected_rewards
from ensemble.diversity.training.rewards import Reward, chosen_states
from ensemble.diversity.training.rewards.diversity import jaccard
from ensemble.diversity.training.task import (
    Plan,
    Task,
    choose,
    corpus_f,
    log_probabilities,
    present_state,
    target_f_of,
)
from ensemble.types import Array


@dataclass(frozen=True)
class Point:
    """A policy on held-out segments, after some `steps` of training.

    `quality` is its own F0.5 in percent, `diversity` the mean Jaccard distance, `combined` the F0.5
    of the combined output, `kl` in nats a decision from the starting policy, `reward` the mean
    a segment (of a set of samples, by how much the expected one is above that of the source), and
    `terms` each part of it. `entropy` is in nats a decision; members that were saved by earlier
    versions have none.
    """

    steps: int
    quality: float
    diversity: float
    combined: float
    kl: float
    reward: float
    terms: Mapping[str, float]
    entropy: float | None = None

    def fields(self) -> dict[str, Any]:
        """Return the point as a JSON object."""
        return asdict(self)

    def figures(self) -> dict[str, float]:
        """Return every number by its name, the terms one by one."""
        figures = {
            name: value
            for name, value in asdict(self).items()
            if name not in ("terms", "steps") and value is not None
        }
        return figures | {f"term {name}": value for name, value in self.terms.items()}


class TrainingLog:
    """The points of a training, and the best policy so far.

    All points use one target F0.5, that of the untrained member on the held-out segments. With a
    target of its own each, they could not be compared: a better policy raises its target.
    """

    def __init__(self, plan: Plan, held_out: Task, reward: Reward) -> None:
        self.points: list[Point] = []
        self.best: dict[str, Tensor] = {}
        self._plan, self._held_out, self._reward = plan, held_out, reward
        untrained = best(held_out.inputs.prior.double().numpy(), held_out.decisions.first)
        self._target_f = target_f_of(present_state(held_out, untrained, reward), reward)

    def evaluate(self, policy: Policy, steps: int) -> Point:
        """Evaluate `policy` after some `steps`, and add the point to the log."""
        point = self._point(policy, steps)
        # Only a strict improvement counts, so that of equals the earlier policy is kept.
        if not self.points or point.reward > max(earlier.reward for earlier in self.points):
            self.best = {name: part.clone() for name, part in policy.state_dict().items()}
        self.points.append(point)
        return point

    @property
    def should_stop(self) -> bool:
        """Whether the best point is `patience` points ago."""
        rewards = [point.reward for point in self.points]
        return bool(rewards) and len(rewards) - 1 - rewards.index(max(rewards)) >= (
            self._plan.patience
        )

    def state_dict(self) -> dict[str, Any]:
        """Return the log as a checkpoint holds it."""
        return {"points": [point.fields() for point in self.points], "best": self.best}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Continue from a state that `state_dict` returned."""
        self.points = [Point(**point) for point in saved["points"]]
        self.best = saved["best"]

    def _point(self, policy: Policy, steps: int) -> Point:
        task, reward = self._held_out, self._reward
        chosen = choose(policy, task)
        state = chosen_states(task.decisions, chosen)
        present = present_state(task, chosen, reward)
        values = reward.values(present, self._target_f)
        total = reward.total(present, self._target_f, 1.0)
        if reward.samples > 1:
            total = self._expected(policy)
        kl, entropy = _kl_and_entropy(policy, task)
        return Point(
            steps,
            100 * corpus_f(state.own, state.gold),
            float(jaccard(state, 0.0).mean()),
            100 * corpus_f(state.combined, state.gold),
            kl,
            float(total.mean()),
            {name: float(value.mean()) for name, value in values.items()},
            entropy,
        )

    def _expected(self, policy: Policy) -> Array:
        """Return the expected reward of a set of samples in each segment, (m,)."""
        sets = self._held_out.sets_of(self._reward.together)
        with torch.inference_mode():
            log_p = sets.log_probabilities(log_probabilities(policy, self._held_out))
            return expected_rewards(log_p, sets.decisions, self._reward, self._target_f)


def _kl_and_entropy(policy: Policy, task: Task) -> tuple[float, float]:
    """Return the KL divergence of a policy from its prior, and its entropy, in nats a decision."""
    decisions = len(task.decisions.segment)
    with torch.inference_mode():
        log_p = log_probabilities(policy, task)
        log_prior = log_softmax(task.inputs.prior, task.decision, decisions)
        divergence = float((log_p.exp() * (log_p - log_prior)).sum())
        entropy = float(entropy_of(log_p))
    return divergence / max(decisions, 1), entropy / max(decisions, 1)
