"""A training task with its plan, and a policy's choices on it, for all training methods."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from ensemble.combiners.neural.network import Inputs
from ensemble.diversity.policy.decisions import Decisions
from ensemble.diversity.policy.network import Policy, best, log_softmax
from ensemble.diversity.policy.sample_sets import SampleSets
from ensemble.diversity.training.rewards import Reward, State, chosen_states, f_score
from ensemble.types import Array, Integers
from evaluation.config import Part
from evaluation.execution.progress import Step

Method = Literal["regression", "expectation", "ppo", "group"]

Steps = Callable[[Sequence[int]], Iterable[Step[int]]]
"""Passes the numbers of a training's steps through, and shows its progress and figures."""


class Plan(Part):
    """How a policy is trained, and how long at most.

    `expectation` follows the exact gradient of the expected reward; `group` estimates the same
    gradient from `group` samples of a segment, each compared with the mean of its group, and `ppo`
    from single samples and a learned baseline.

    `steps` are passes over all decisions, or sampled decisions for `ppo` and `group`. After every
    `every` steps the policy is evaluated on held-out segments; training stops when the reward there
    has not risen for `patience` evaluations. `hold` is the strength of the pull towards the start.
    """

    method: Method = "regression"
    steps: Annotated[int, Field(ge=1)] = 150
    every: Annotated[int, Field(ge=1)] = 15
    patience: Annotated[int, Field(ge=1)] = 5
    rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.02
    hold: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.1
    slots: Annotated[int, Field(ge=1)] = 64
    """Environments at once, for `ppo` and `group` only."""
    group: Annotated[int, Field(ge=2)] = 8
    """Samples of a segment, for `group` only."""
    target_entropy: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The entropy, in nats a decision, below which a growing bonus keeps the policy exploring."""
    tensorboard: str | None = None
    """A folder for TensorBoard."""

    @property
    def samples(self) -> bool:
        """Whether training is from samples, by stable-baselines3."""
        return self.method in ("ppo", "group")

    @property
    def together(self) -> int:
        """The environments that play the same segment at once."""
        return self.group if self.method == "group" else 1

    @model_validator(mode="after")
    def _slots_are_groups(self) -> Self:
        if self.slots % self.together:
            raise ValueError(f"slots ({self.slots}) must be a multiple of group ({self.group})")
        return self


class Task(NamedTuple):
    """The decisions on some segments, and the features of their options; sets of samples."""

    decisions: Decisions
    inputs: Inputs
    sets: Mapping[int, SampleSets] = MappingProxyType({})
    """The sets of k samples, by k, where a reward is that of samples that vote together."""

    def sets_of(self, samples: int) -> SampleSets:
        """Return the sets of k samples; of one, the options themselves."""
        return self.sets[samples] if samples > 1 else SampleSets.single(self.decisions)

    @property
    def decision(self) -> Tensor:
        """The decision of each option, (n,)."""
        return torch.from_numpy(self.decisions.decision)


def new_policy(task: Task, seed: int) -> Policy:
    """Return a policy that behaves as the untrained member."""
    sizes = (task.inputs.values.shape[1], task.inputs.voices.shape[1], task.inputs.traits.shape[1])
    policy = Policy(*sizes, seed=seed)
    policy.standardise(task.inputs)
    return policy


def log_probabilities(policy: Policy, task: Task) -> Tensor:
    """Return the log-probability of each option of `task`, (n,)."""
    return log_softmax(policy(task.inputs), task.decision, len(task.decisions.segment))


def choose(policy: Policy, task: Task) -> Integers:
    """Return the most probable option at each decision, (d,)."""
    with torch.inference_mode():
        return best(policy(task.inputs).double().numpy(), task.decisions.first)


def corpus_f(counts: Array, gold: Array) -> float:
    """Return F0.5 from 0 to 1 of right and made edits (m, 2) over all segments."""
    right, made = counts.sum(axis=0)
    return float(f_score(right, made, gold.sum()))


def present_state(task: Task, chosen: Integers, reward: Reward) -> State:
    """Return the states of all segments where each sample takes the option `chosen` (d,)."""
    sets = task.sets_of(reward.together)
    return chosen_states(sets.decisions, sets.same(chosen))


def target_f_of(state: State, reward: Reward) -> float:
    """Return the F0.5 that an edit must raise to be rewarded: the combined or the member's own."""
    counts = state.combined if reward.is_combined else state.own
    return corpus_f(counts, state.gold)
