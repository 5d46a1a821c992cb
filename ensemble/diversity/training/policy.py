"""How a member chooses: a score for each option, and a softmax over those of a decision."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ensemble.combiners.neural.network import Hold, Inputs, Network

Places = NDArray[np.int64]

HOLD = Hold(own=15, looks=30, deep=10)
"""How strongly what is learnt is held to nothing; nothing learnt is the untouched member."""


class Policy(nn.Module):
    """The network of the neural combiner, asked which option is best.

    Untrained it gives back the prior, so that training starts from the untouched member. To
    keep the source always scores 0.
    """

    def __init__(self, values: int, systems: int, traits: int, seed: int = 0) -> None:
        super().__init__()
        self.sizes = values, systems, traits
        self.network = Network(values, systems, traits, HOLD, seed)

    def standardise(self, inputs: Inputs) -> None:
        """Take the mean and spread of what is seen in training as those to measure by."""
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


def best(scores: NDArray[np.float64], first: Places) -> Places:
    """Return the option with the highest score at each decision, (d,); the first on a tie."""
    decision = np.repeat(np.arange(len(first) - 1), np.diff(first))
    order = np.lexsort((np.arange(len(scores)), -scores, decision))
    return order[first[:-1]]
