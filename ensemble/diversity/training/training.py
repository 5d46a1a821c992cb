"""What both ways of training share: tasks, how far a policy has come, and when to stop."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, NamedTuple

import torch
from pydantic import Field
from torch import Tensor

from ensemble.combiners.neural.network import Inputs
from ensemble.diversity.training.decisions import Array, Decisions, Places
from ensemble.diversity.training.policy import Policy, best, log_softmax
from ensemble.diversity.training.rewards import Reward, State, chosen_states, f_score
from ensemble.diversity.training.rewards.diversity import jaccard
from evaluation.config import Part

Method = Literal["regression", "expectation", "ppo"]


class Plan(Part):
    """How a policy is trained, and how long at most.

    `steps` are passes over all decisions, or for `ppo` decisions; `every` so many the policy is
    examined on segments it is not trained on, and where the reward there has not risen for
    `patience` times, it stops. `hold` is how strongly it is held to what it starts from.
    """

    method: Method = "regression"
    steps: Annotated[int, Field(ge=1)] = 150
    every: Annotated[int, Field(ge=1)] = 15
    patience: Annotated[int, Field(ge=1)] = 5
    rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.02
    hold: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.1
    slots: Annotated[int, Field(ge=1)] = 64
    """Environments at once; for `ppo` alone."""
    tensorboard: str | None = None
    """A folder for TensorBoard."""


class Task(NamedTuple):
    """The decisions on some segments, and what is seen of their options."""

    decisions: Decisions
    inputs: Inputs

    @property
    def place(self) -> Tensor:
        """The decision of each option, (n,)."""
        return torch.from_numpy(self.decisions.decision)


@dataclass(frozen=True)
class Point:
    """Where a policy stands after so many steps of training, on segments not trained on.

    `quality` is its own F0.5 in percent, `diversity` the mean Jaccard distance, `combined` the F0.5
    of the combined output, `kl` in nats a decision from the starting policy, `reward` the mean
    a segment, and `terms` each part of it.
    """

    steps: int
    quality: float
    diversity: float
    combined: float
    kl: float
    reward: float
    terms: Mapping[str, float]

    def fields(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)

    def figures(self) -> dict[str, float]:
        """Return every number by its name, each term apart."""
        own = {
            name: value for name, value in asdict(self).items() if name not in ("terms", "steps")
        }
        return own | {f"term {name}": value for name, value in self.terms.items()}


def log_probabilities(policy: Policy, task: Task) -> torch.Tensor:
    """Return the log-probability of each option of `task`, (n,)."""
    return log_softmax(policy(task.inputs), task.place, len(task.decisions.segment))


def choose(policy: Policy, task: Task) -> Places:
    """Return the most probable option at each decision, (d,)."""
    with torch.inference_mode():
        return best(policy(task.inputs).double().numpy(), task.decisions.first)


def corpus_f(counts: Array, gold: Array) -> float:
    """Return F0.5 from 0 to 1 of right and made edits (m, 2) over all segments."""
    right, made = counts.sum(axis=0)
    return float(f_score(right, made, gold.sum()))


def bar_of(state: State, reward: Reward) -> float:
    """Return the F0.5 that edits must earn their place against: the combined one, or its own."""
    counts = state.combined if reward.is_combined else state.own
    return corpus_f(counts, state.gold)


class Course:
    """How training went on segments not trained on: points, and the best policy so far.

    All points are by one bar, the F0.5 of the untouched member there, or they could not be
    compared: a better policy raises the bar it is measured by.
    """

    def __init__(self, plan: Plan, held_out: Task, reward: Reward) -> None:
        self.points: list[Point] = []
        self.best: dict[str, Tensor] = {}
        self._plan, self._held_out, self._reward = plan, held_out, reward
        untouched = best(held_out.inputs.prior.double().numpy(), held_out.decisions.first)
        self._bar = bar_of(chosen_states(held_out.decisions, untouched), reward)

    def look(self, policy: Policy, steps: int) -> Point:
        """Return where `policy` stands after so many steps, and remember it."""
        point = self._examine(policy, steps)
        if not self.points or point.reward > max(one.reward for one in self.points):
            self.best = {name: part.clone() for name, part in policy.state_dict().items()}
        self.points.append(point)
        return point

    @property
    def late(self) -> bool:
        """Whether the best point is `patience` points ago."""
        rewards = [one.reward for one in self.points]
        return bool(rewards) and len(rewards) - 1 - rewards.index(max(rewards)) >= (
            self._plan.patience
        )

    def state_dict(self) -> dict[str, Any]:
        """Return all there is, as `torch.load` takes it with `weights_only`."""
        return {"points": [point.fields() for point in self.points], "best": self.best}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self.points = [Point(**point) for point in saved["points"]]
        self.best = saved["best"]

    def _examine(self, policy: Policy, steps: int) -> Point:
        task, reward, bar = self._held_out, self._reward, self._bar
        state = chosen_states(task.decisions, choose(policy, task))
        with torch.inference_mode():
            own = log_probabilities(policy, task)
            start = log_softmax(task.inputs.prior, task.place, len(task.decisions.segment))
            kl = float((own.exp() * (own - start)).sum()) / max(len(task.decisions.segment), 1)
        return Point(
            steps,
            100 * corpus_f(state.own, state.gold),
            float(jaccard(state, 0.0).mean()),
            100 * corpus_f(state.combined, state.gold),
            kl,
            float(reward.total(state, bar, 1.0).mean()),
            {name: float(values.mean()) for name, values in reward.values(state, bar).items()},
        )


Steps = Callable[[Sequence[int]], Iterable[int]]
"""Passes the steps of a training through, and shows how far it is."""


def new_policy(task: Task, seed: int) -> Policy:
    """Return the policy that is the untouched member."""
    sizes = (task.inputs.values.shape[1], task.inputs.voices.shape[1], task.inputs.traits.shape[1])
    policy = Policy(*sizes, seed=seed)
    policy.standardise(task.inputs)
    return policy
