"""The network of the neural combiner: the vote, and what has been learnt to change in it.

Every learnt part starts from nothing and is held there by a prior of fixed strength, so that
few labels move it little: with none it is the vote, weighed by competence.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ensemble.candidates import Kind

_MEMBERS = 3  # networks whose probabilities are averaged: less left to chance
_HIDDEN = 24
_STEPS = 120
_RATE = 0.02
_DRIFT = 0.15  # log-odds
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


Loss = Callable[[Tensor], Tensor]
"""Maps scores, shape (members, n), to the sum of what each segment loses, shape (members,)."""


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


class Network(nn.Module):
    """Scores candidates: prior + reliability of the voters + what the candidate looks like.

    The reliability of a system is its own, and its own for each trait of a candidate; a system
    not seen in training has none, and speaks through the prior alone.
    """

    def __init__(self, values: int, systems: int, traits: int, hold: Hold, seed: int = 0) -> None:
        super().__init__()
        self.hold = hold
        chance = torch.Generator().manual_seed(seed)
        self.scale = nn.Parameter(torch.ones(()))
        self.bias = nn.Parameter(torch.zeros(()))
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

    def forward(self, inputs: Inputs) -> Tensor:
        """Return a score for each candidate by each member, shape (members, n)."""
        values = (inputs.values - self.mean) / self.spread
        values = values.clamp(-_FARTHEST, _FARTHEST)
        score = self.scale * inputs.prior + self.bias
        score = score + values @ self.linear + inputs.traits @ self.traits
        reliability = self.reliability + inputs.traits @ self.competence.T
        score = score + (inputs.voices * reliability).sum(dim=1)
        seen = torch.cat([values, inputs.traits], dim=1)
        hidden = functional.gelu(seen @ self.hidden + self.offset)
        return score + (hidden @ self.output).squeeze(-1)

    def strain(self) -> Tensor:
        """Return how far all that is learnt has gone from the vote: the log-prior, negative."""
        own = _square(self.reliability) + 2 * _square(self.competence)
        looks = _square(self.linear) + _square(self.traits)
        deep = (_square(self.hidden) + 2 * _square(self.output)) / _MEMBERS
        vote = 9 * _square(self.scale - 1) + 20 * _square(self.bias)
        return vote + self.hold.own * own + self.hold.looks * looks + self.hold.deep * deep

    @on_one_core()
    def learn(self, inputs: Inputs, loss: Loss, scale_only: bool = False) -> "Network":
        """Fit to `loss` on `inputs` by gradient descent on all of them at once; returns itself.

        `scale_only` leaves it the vote, and learns only how sure the vote is.
        """
        self.mean = inputs.values.mean(dim=0)
        self.spread = inputs.values.std(dim=0, correction=0).clamp_min(0.05)
        learnt = [self.scale, self.bias] if scale_only else list(self.parameters())
        optimiser = torch.optim.Adam(learnt, lr=_RATE)
        rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=_STEPS)
        for _ in range(_STEPS):
            optimiser.zero_grad()
            scores = self(inputs)
            drift = _drift((scores - inputs.prior).mean())
            total = (loss(scores).mean() + self.strain() + drift) / max(len(inputs.prior), 1)
            total.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            rate.step()
        return self


def _drift(shift: Tensor) -> Tensor:
    """Return the strain of moving all scores by `shift` log-odds.

    Few segments say little of how often candidates are right, and much hangs on it. Either
    the vote has it right or it is altogether wrong: a heavy tail.
    """
    return 3 * torch.log1p((shift / _DRIFT) ** 2)


def _square(numbers: Tensor) -> Tensor:
    return (numbers**2).sum()
