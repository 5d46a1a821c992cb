"""Networks fitted together: many small ones cost little more than one."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from ensemble.combiners.neural.network import Inputs, Vote, on_one_core

Loss = Callable[[Tensor], Tensor]
"""Maps scores, shape (members, n), to what each segment loses, shape (members, segments)."""

_STEPS = 120
_RATE = 0.02
_DRIFT = 0.15  # log-odds
_TOGETHER = 300_000  # numbers; more would not stay in a processor's cache


@on_one_core()
def fit(
    networks: Sequence[Vote], inputs: Inputs, segment: Tensor, chosen: Tensor, loss: Loss
) -> None:
    """Fit networks alike in shape, each to the segments that are `chosen` for it.

    `segment` (n,) is where each of the `inputs` belongs; `chosen` (networks, segments) is true
    where a network may look. Each goes down the gradient of all that it is shown at once.
    """
    some = max(1, _TOGETHER // max(len(segment) * networks[0].width, 1))
    for k in range(0, len(networks), some):
        _descend(networks[k : k + some], inputs, segment, chosen[k : k + some], loss)


def _descend(
    networks: Sequence[Vote], inputs: Inputs, segment: Tensor, chosen: Tensor, loss: Loss
) -> None:
    one = networks[0]
    learnt, fixed = stack_module_state(list(networks))
    call = vmap(lambda learnt, fixed: functional_call(one, (learnt, fixed), (inputs,)))
    optimiser = torch.optim.Adam(list(learnt.values()), lr=_RATE, fused=True)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=_STEPS)
    rows = chosen[:, None, segment]
    shown = rows.sum(dim=2).squeeze(1).clamp_min(1)
    for _ in range(_STEPS):
        optimiser.zero_grad()
        scores: Tensor = call(learnt, fixed)
        lost = loss(scores.flatten(0, 1)).reshape(*scores.shape[:2], -1)
        lost = (lost * chosen[:, None]).sum(dim=2).mean(dim=1)
        moved = ((scores - inputs.prior) * rows).mean(dim=1).sum(dim=1)
        drift = _drift(moved / shown)
        total = lost.sum() + drift.sum() + one.strain_of(learnt)
        (total / max(len(segment), 1)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        rate.step()
    for k, network in enumerate(networks):
        network.load_state_dict({name: each[k] for name, each in (learnt | fixed).items()})


def _drift(shift: Tensor) -> Tensor:
    """Return the strain of moving all scores by `shift` log-odds.

    Few segments say little of how often candidates are right, and much hangs on it. Either
    the vote has it right or it is altogether wrong: a heavy tail.
    """
    return 3 * torch.log1p((shift / _DRIFT) ** 2)
