"""Fitting many small networks together, which costs little more than fitting one."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from ensemble.combiners.neural.network import Inputs, Vote, on_one_core
from evaluation.execution.progress import parts

Loss = Callable[[Tensor], Tensor]
"""Maps scores, shape (members, n), to the loss of each segment, shape (members, segments)."""

_STEPS = 120
_RATE = 0.02
_DRIFT = 0.15  # log-odds
_TOGETHER = 300_000  # numbers at once, so that they stay in a processor's cache


@on_one_core()
def fit(
    networks: Sequence[Vote], inputs: Inputs, segment: Tensor, chosen: Tensor, loss: Loss
) -> None:
    """Fit networks of one shape, each to the segments that are `chosen` for it.

    `segment` (n,) is the segment of each of the `inputs`; `chosen` (networks, segments) is true
    where a network is trained. Full-batch Adam, with a one-cycle learning rate.
    """
    together = max(1, _TOGETHER // max(len(segment) * networks[0].width, 1))
    for k in parts(range(0, len(networks), together), "Fitting networks"):
        _optimise(networks[k : k + together], inputs, segment, chosen[k : k + together], loss)


def _optimise(
    networks: Sequence[Vote], inputs: Inputs, segment: Tensor, chosen: Tensor, loss: Loss
) -> None:
    network = networks[0]
    learnt, fixed = stack_module_state(list(networks))
    # One call evaluates all networks of the stack.
    call = vmap(lambda learnt, fixed: functional_call(network, (learnt, fixed), (inputs,)))
    optimiser = torch.optim.Adam(list(learnt.values()), lr=_RATE, fused=True)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=_STEPS)
    rows = chosen[:, None, segment]
    count = rows.sum(dim=2).squeeze(1).clamp_min(1)
    for _ in range(_STEPS):
        optimiser.zero_grad()
        scores: Tensor = call(learnt, fixed)
        losses = loss(scores.flatten(0, 1)).reshape(*scores.shape[:2], -1)
        losses = (losses * chosen[:, None]).sum(dim=2).mean(dim=1)
        # How far scores are from the prior on average, for each network on its segments.
        moved = ((scores - inputs.prior) * rows).mean(dim=1).sum(dim=1)
        drift = _drift(moved / count)
        total = losses.sum() + drift.sum() + network.penalty_of(learnt)
        # Divided by the candidates, so that one learning rate suits all sizes of data.
        (total / max(len(segment), 1)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        rate.step()
    for k, fitted in enumerate(networks):
        fitted.load_state_dict({name: stacked[k] for name, stacked in (learnt | fixed).items()})


def _drift(shift: Tensor) -> Tensor:
    """Return the penalty of moving all scores by `shift` log-odds.

    Few segments tell little of how often candidates are right, and much depends on it. Either the
    vote is right about that or it is entirely wrong: a heavy tail.
    """
    return 3 * torch.log1p((shift / _DRIFT) ** 2)
