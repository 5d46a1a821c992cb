"""The policy network: a score for each option, and a softmax over the options of a decision."""

import numpy as np
import torch
from torch import Tensor, nn

from ensemble.combiners.neural.network import Design, Inputs, Network
from ensemble.types import Array, Integers

DESIGN = Design(systems=15, linear=30, hidden=10, units=24)
"""L2 strength of the learnt weights; at zero the policy is the untrained member."""


class Policy(nn.Module):
    """The network of the neural combiner, as a scorer of options.

    Untrained it returns the prior, so training starts from the untrained member. An option that
    makes no edit, to keep the source or to abstain, always scores 0.
    """

    def __init__(self, values: int, systems: int, traits: int, seed: int = 0) -> None:
        super().__init__()
        self.sizes = values, systems, traits
        self.network = Network(values, systems, traits, DESIGN, seed)

    def standardise(self, inputs: Inputs) -> None:
        """Standardise by the mean and spread of these training features from now on."""
        self.network.standardise(inputs.values[inputs.prior != 0])

    def forward(self, inputs: Inputs) -> Tensor:
        """Return a score for each option, (n,)."""
        scores: Tensor = self.network(inputs)
        return scores.mean(dim=0) * (inputs.prior != 0)


def log_softmax(scores: Tensor, decision: Tensor, decisions: int) -> Tensor:
    """Return the log-probability of each option (n,) among those of its `decision` (n,)."""
    floor = scores.new_full((decisions,), -torch.inf)
    top = floor.scatter_reduce(0, decision, scores.detach(), "amax")
    shifted = scores - top[decision]
    total = scores.new_zeros(decisions).index_add(0, decision, shifted.exp())
    return shifted - total.log()[decision]


def best(scores: Array, first: Integers) -> Integers:
    """Return the option with the highest score at each decision, (d,); the first on a tie."""
    decision = np.repeat(np.arange(len(first) - 1), np.diff(first))
    # Sorted by decision, then score, then position, so that ties go to the first option.
    order = np.lexsort((np.arange(len(scores)), -scores, decision))
    return order[first[:-1]]
