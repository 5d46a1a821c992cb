"""Members scored by a reward of whole outputs, sentence by sentence, and the best they could do."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor

from ensemble.diversity.policy.chooser import Chooser
from ensemble.diversity.policy.network import best, log_softmax
from ensemble.diversity.training.expected import expected, row_log_probabilities, row_rewards
from ensemble.diversity.training.rewards import Reward
from ensemble.diversity.training.task import Task
from ensemble.types import Array, Booleans

SHIFTS = np.arange(-6, 6.01, 0.25)
"""By how much a tuned chooser lowers its log-odds."""
TEMPERATURES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""By what a chooser divides its log-odds where it is sampled from."""


@dataclass(frozen=True)
class Valued:
    """A task, and what each joint choice of its segments is worth, `rows` (R,).

    The reward may not depend on an F0.5 over all segments. Of `best_of` k > 1 a member is worth the
    expected best of k samples, else what its most probable choice is worth.
    """

    task: Task
    rows: Array
    best_of: int

    @classmethod
    def of(cls, task: Task, reward: Reward) -> "Valued":
        """Return `task` with the values by `reward`, each less that of the source kept."""
        return cls(task, row_rewards(task.decisions, reward, 0.5, 1.0), reward.best_of)

    def of_scores(self, scores: Tensor) -> Array:
        """Return what a member is worth in each segment (m,), from a score for each option (n,)."""
        decisions = self.task.decisions
        joint = decisions.joint
        if self.best_of == 1:
            row = joint.first[:-1].copy()
            chosen = best(scores.double().numpy(), decisions.first)
            np.add.at(row, decisions.segment, joint.stride[chosen])
            return np.asarray(self.rows[row])
        log_p = log_softmax(scores.double(), self.task.decision, len(decisions.segment))
        of_rows = row_log_probabilities(log_p, joint)
        summands = expected(of_rows, torch.from_numpy(self.rows), joint.segment, self.best_of)
        return np.add.reduceat(summands.numpy(), joint.first[:-1])

    @property
    def bound(self) -> Array:
        """The worth of the best of all joint choices, (m,)."""
        return np.maximum.reduceat(self.rows, self.task.decisions.joint.first[:-1])

    @property
    def listed(self) -> Booleans:
        """The segments of which all joint choices are known, (m,)."""
        return self.task.decisions.joint.listed


def by_labels(task: Task) -> Tensor:
    """Return scores of a member that knows which options are right (n,), and takes these.

    Of several at a decision it takes the one with the most edits.
    """
    right, made = task.decisions.own.T
    scores = np.where(right == made, made, -1.0)
    return torch.from_numpy(_sure(scores))


def untrained(task: Task) -> Tensor:
    """Return scores of the member without training, which always does the same."""
    return torch.from_numpy(_sure(task.inputs.prior.double().numpy()))


def tuned(chooser: Chooser, parts: Sequence[Valued], test: Task) -> Tensor:
    """Return the scores of `chooser` on `test`, as tuned for the most reward on `parts`.

    Its threshold is tuned, and where it is sampled from, the temperature.
    """
    temperatures = TEMPERATURES if parts[0].best_of > 1 else (1.0,)

    def worth(setting: tuple[float, float]) -> float:
        return sum(float(p.of_scores(_moved(chooser, p.task, *setting)).sum()) for p in parts)

    return _moved(chooser, test, *max(product(SHIFTS.tolist(), temperatures), key=worth))


def _moved(chooser: Chooser, task: Task, shift: float, temperature: float) -> Tensor:
    # Keeping the source always scores 0.
    scores = (chooser.log_odds(task.inputs) - shift) / temperature
    return scores * (task.inputs.prior != 0)


def _sure(scores: Array) -> Array:
    return 1000.0 * scores
