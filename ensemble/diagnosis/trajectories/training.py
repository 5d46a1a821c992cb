"""Training a small language model, in stretches from checkpoint to checkpoint that are kept."""

from collections.abc import Sequence
from functools import lru_cache
from math import cos, pi

import numpy as np
import torch
from torch import Tensor, nn

from ensemble.diagnosis.trajectories.networks import BEGIN
from ensemble.types import Integers
from evaluation.execution.progress import Progress

_WARM = 0.05
_MOMENTS = ("exp_avg", "exp_avg_sq")


def blocks(texts: Sequence[Integers], length: int) -> Integers:
    """Return the texts one after the other, each behind `BEGIN`, cut into rows of `length` + 1.

    Raises:
        ValueError: they are too short for a row.
    """
    stream = np.concatenate([np.append(BEGIN, text) for text in texts] or [np.zeros(0)])
    n = (len(stream) - 1) // length
    if n < 1:
        raise ValueError(f"{len(stream)} tokens to train on; a row has {length + 1}")
    rows = np.lib.stride_tricks.sliding_window_view(stream, length + 1)[::length][:n]
    return rows.astype(np.int64)


def stretch(
    network: nn.Module,
    state: dict[str, Tensor] | None,
    rows: Integers,
    steps: tuple[int, int, int],
    batch: int,
    rate: float,
    seed: int,
    progress: Progress,
    what: str,
) -> dict[str, Tensor]:
    """Train `network` from one step to another of a whole, and return all that going on takes.

    Args:
        network: what is trained, in place.
        state: what the stretch before returned; none at the beginning.
        rows: tokens, shape (n, length + 1), gone through in an order that `seed` decides.
        steps: the first, the one after the last, and how many the whole training has.
        batch: rows a step.
        rate: the highest learning rate: up to it in a twentieth of all steps, then down by a
            cosine.
        seed: of the order.
        progress: shows how far it has come.
        what: is trained, in words.
    """
    first, last, whole = steps
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, betas=(0.9, 0.95))
    if state is not None:
        _resume(network, optimiser, state, first)
    network.train()
    for step in progress(range(first, last), what):
        for group in optimiser.param_groups:
            group["lr"] = rate * _share(step, whole)
        ids = torch.from_numpy(rows[_chosen(len(rows), step, batch, seed)])
        optimiser.zero_grad()
        logits = network(ids[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
    return _all(network, optimiser)


def weights_of(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights alone of what `stretch` returned."""
    return {name.removeprefix("model."): tensor for name, tensor in state.items()
            if name.startswith("model.")}  # fmt: skip


def _share(step: int, whole: int) -> float:
    warm = max(1.0, _WARM * whole)
    if step < warm:
        return (step + 1) / warm
    return 0.05 + 0.95 * (1 + cos(pi * (step - warm) / max(1.0, whole - warm))) / 2


def _chosen(n: int, step: int, batch: int, seed: int) -> Integers:
    """Return which rows a step is trained on, as they come in orders drawn anew for each epoch."""
    at = np.arange(step * batch, (step + 1) * batch)
    return np.array([_order(n, int(k // n), seed)[k % n] for k in at])


@lru_cache(maxsize=2)
def _order(n: int, epoch: int, seed: int) -> Integers:
    """Return the order of rows in an epoch, kept, for to draw it anew at every step takes long."""
    return np.random.default_rng((seed, epoch)).permutation(n)


def _all(network: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    found = {f"model.{name}": tensor for name, tensor in network.state_dict().items()}
    for name, parameter in network.named_parameters():
        for moment in _MOMENTS:
            found[f"{moment}.{name}"] = optimiser.state[parameter][moment]
    return found


def _resume(
    network: nn.Module, optimiser: torch.optim.Optimizer, state: dict[str, Tensor], step: int
) -> None:
    network.load_state_dict(weights_of(state))
    for name, parameter in network.named_parameters():
        moments = {moment: state[f"{moment}.{name}"].clone() for moment in _MOMENTS}
        optimiser.state[parameter] = {"step": torch.tensor(float(step)), **moments}
