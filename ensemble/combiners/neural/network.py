"""The network of the neural combiner: the vote, and what has been learnt to change in it.

Every learnt part starts from nothing and is held there by a prior of fixed strength, so that
few labels move it little: with none it is the vote, weighed by competence.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ensemble.candidates import Kind

_MEMBERS = 3  # networks whose probabilities are averaged: less left to chance
_HIDDEN = 24
_FARTHEST = 5.0  # standard deviations; beyond it a value says no more


@contextmanager
def on_one_core() -> Iterator[None]:
    """So small are the tensors that cores wait for each other, for long where they are shared."""
    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(cores)


class Inputs(NamedTuple):
    """What the network is given on n candidates, with s systems and t traits.

    `prior` (n,) is what the vote says, as a log-odds; `values` (n, d) describes candidates;
    `voices` (n, s) is who speaks for and against; `traits` (n, t) has a 1 at each it has.
    """

    prior: Tensor
    values: Tensor
    voices: Tensor
    traits: Tensor


class Hold(NamedTuple):
    """How strongly each part is held to nothing: prior precisions, halved.

    `own` the systems' reliability, `looks` the linear part, `deep` the hidden layer.
    """

    own: float
    looks: float
    deep: float


HOLDS: dict[Kind, Hold] = {
    "edits": Hold(own=15, looks=30, deep=10),
    "texts": Hold(own=15, looks=150, deep=1000),  # whole texts differ little: a faint signal
    "labels": Hold(own=15, looks=30, deep=30),
}
"""The prior for each kind of output."""


class Vote(nn.Module):
    """Scores candidates as the vote does; what it learns is how sure of itself that is."""

    width: ClassVar[int] = 1
    """How many numbers it has of a candidate on the way to its score."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return a score for each candidate by each member, shape (members, n)."""
        return (self.scale * inputs.prior + self.bias)[None]

    def strain(self) -> Tensor:
        """Return how far what is learnt has gone from the vote: the log-prior, negative."""
        return self.strain_of(dict(self.named_parameters()))

    def strain_of(self, learnt: Mapping[str, Tensor]) -> Tensor:
        """Return what `strain` would be with these parameters; of a stack of them, the sum."""
        return 9 * _square(learnt["scale"] - 1) + 20 * _square(learnt["bias"])


class Network(Vote):
    """Scores candidates: prior + reliability of the voters + what the candidate looks like.

    The reliability of a system is its own, and its own for each trait of a candidate; a system
    not seen in training has none, and speaks through the prior alone.
    """

    width: ClassVar[int] = _MEMBERS * _HIDDEN

    def __init__(self, values: int, systems: int, traits: int, hold: Hold, seed: int = 0) -> None:
        super().__init__()
        self.hold = hold
        chance = torch.Generator().manual_seed(seed)
        self.linear = nn.Parameter(torch.zeros(values))
        self.traits = nn.Parameter(torch.zeros(traits))
        self.reliability = nn.Parameter(torch.zeros(systems))
        self.competence = nn.Parameter(torch.zeros(systems, traits))
        width = values + traits
        drawn = torch.randn(_MEMBERS, width, _HIDDEN, generator=chance) / width**0.5
        self.hidden = nn.Parameter(drawn)
        self.offset = nn.Parameter(torch.zeros(_MEMBERS, 1, _HIDDEN))
        self.output = nn.Parameter(torch.zeros(_MEMBERS, _HIDDEN, 1))
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.zeros(values))
        self.register_buffer("spread", torch.ones(values))

    def standardise(self, values: Tensor) -> None:
        """Take the mean and spread of `values` (n, d) as those to measure by."""
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
        seen = torch.cat([values, inputs.traits], dim=1)
        hidden = functional.gelu(seen @ self.hidden + self.offset)
        return score + (hidden @ self.output).squeeze(-1)

    def strain_of(self, learnt: Mapping[str, Tensor]) -> Tensor:
        """See `Vote`."""
        size = {name: _square(each) for name, each in learnt.items()}
        own = size["reliability"] + 2 * size["competence"]
        looks = size["linear"] + size["traits"]
        deep = (size["hidden"] + 2 * size["output"]) / _MEMBERS
        held = self.hold.own * own + self.hold.looks * looks + self.hold.deep * deep
        return super().strain_of(learnt) + held


def _square(numbers: Tensor) -> Tensor:
    return (numbers**2).sum()
