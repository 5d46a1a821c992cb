"""The network of the neural combiner: the vote, and what has been learnt to change in it.

Every learnt part starts at zero and is pulled there by a penalty of fixed strength, so few labels
move it little: without labels it is the vote, weighted by competence.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ensemble.candidates import Kind

_MEMBERS = 3  # networks whose scores are averaged, so that less depends on the random start
_FARTHEST = 5.0  # standard deviations; values are clipped there


@contextmanager
def on_one_core() -> Iterator[None]:
    """Run torch on one core: with tensors this small, several cores mostly wait for each other."""
    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(cores)


class Inputs(NamedTuple):
    """The input of the network for n candidates, with s systems and t traits.

    `prior` (n,) is the vote's log-odds; `values` (n, d) describes candidates; `voices` (n, s) is
    how far systems vote for and against; `traits` (n, t) has a 1 for each trait of a candidate.
    """

    prior: Tensor
    values: Tensor
    voices: Tensor
    traits: Tensor


class Design(NamedTuple):
    """The L2 strength (half the prior precision) of each group of parameters, and the hidden units.

    `systems` is that of the systems' reliability, `linear` of the linear part, `hidden` of the
    hidden layer, which has `units`.
    """

    systems: float
    linear: float
    hidden: float
    units: int


DESIGNS: dict[Kind, Design] = {
    "edits": Design(systems=15, linear=30, hidden=10, units=24),
    # The features of whole texts are a weak signal. With a hidden layer, of texts as of labels, no
    # held-out score changed (GSM8K, language identifiers), and training took twice as long.
    "texts": Design(systems=15, linear=150, hidden=0, units=0),
    "labels": Design(systems=15, linear=30, hidden=0, units=0),
}
"""The design for each kind of output."""


class Vote(nn.Module):
    """Scores candidates as the vote does; what it learns is how confident the vote should be."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.bias = nn.Parameter(torch.zeros(()))

    @property
    def width(self) -> int:
        """Numbers per candidate in the widest layer."""
        return 1

    def forward(self, inputs: Inputs) -> Tensor:
        """Return a score for each candidate by each member, shape (members, n)."""
        return (self.scale * inputs.prior + self.bias)[None]

    def penalty(self) -> Tensor:
        """Return the negative log-prior of the parameters: 0 at the plain vote."""
        return self.penalty_of(dict(self.named_parameters()))

    def penalty_of(self, learnt: Mapping[str, Tensor]) -> Tensor:
        """Return the penalty of these parameters; of a stack of them, the sum."""
        return 9 * _square(learnt["scale"] - 1) + 20 * _square(learnt["bias"])


class Network(Vote):
    """Scores candidates: prior + reliability of the voters + features of the candidate.

    Each system has a reliability, and one for each trait of a candidate; a system that was not seen
    in training has none, and only counts in the prior.
    """

    def __init__(
        self, values: int, systems: int, traits: int, design: Design, seed: int = 0
    ) -> None:
        super().__init__()
        self.design = design
        chance = torch.Generator().manual_seed(seed)
        self.linear = nn.Parameter(torch.zeros(values))
        self.traits = nn.Parameter(torch.zeros(traits))
        self.reliability = nn.Parameter(torch.zeros(systems))
        self.competence = nn.Parameter(torch.zeros(systems, traits))
        width = values + traits
        # Only the hidden layer starts at random; the output layer starts at 0, so the network is
        # the vote at first.
        drawn = torch.randn(_MEMBERS, width, design.units, generator=chance) / width**0.5
        self.hidden = nn.Parameter(drawn)
        self.offset = nn.Parameter(torch.zeros(_MEMBERS, 1, design.units))
        self.output = nn.Parameter(torch.zeros(_MEMBERS, design.units, 1))
        self.mean: Tensor
        self.spread: Tensor
        # Buffers are saved with the weights, but not trained.
        self.register_buffer("mean", torch.zeros(values))
        self.register_buffer("spread", torch.ones(values))

    @property
    def width(self) -> int:
        """See `Vote`."""
        return max(_MEMBERS * self.design.units, 1)

    def standardise(self, values: Tensor) -> None:
        """Standardise by the mean and spread of `values` (n, d) from now on."""
        self.mean.copy_(values.mean(dim=0))
        self.spread.copy_(values.std(dim=0, correction=0).clamp_min(0.05))

    def forward(self, inputs: Inputs) -> Tensor:
        """See `Vote`."""
        values = (inputs.values - self.mean) / self.spread
        values = values.clamp(-_FARTHEST, _FARTHEST)
        score = self.scale * inputs.prior + self.bias
        score = score + values @ self.linear + inputs.traits @ self.traits
        reliability = self.reliability + inputs.traits @ self.competence.T
        score = score + (inputs.voices * reliability).sum(dim=1)
        if not self.design.units:
            return score[None]
        seen = torch.cat([values, inputs.traits], dim=1)
        hidden = functional.gelu(seen @ self.hidden + self.offset)
        return score + (hidden @ self.output).squeeze(-1)

    def penalty_of(self, learnt: Mapping[str, Tensor]) -> Tensor:
        """See `Vote`."""
        size = {name: _square(numbers) for name, numbers in learnt.items()}
        strength = self.design
        systems = strength.systems * (size["reliability"] + 2 * size["competence"])
        linear = strength.linear * (size["linear"] + size["traits"])
        hidden = strength.hidden * ((size["hidden"] + 2 * size["output"]) / _MEMBERS)
        return super().penalty_of(learnt) + (systems + linear + hidden)


def _square(numbers: Tensor) -> Tensor:
    return (numbers**2).sum()
