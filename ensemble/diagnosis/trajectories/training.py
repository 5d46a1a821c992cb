"""Training a small language model from checkpoint to checkpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi

import numpy as np
import torch
from torch import Tensor, nn

from ensemble.diagnosis.trajectories.networks import BEGIN
from ensemble.types import Integers
from evaluation.execution.progress import Progress

_WARM = 0.05  # share of the steps in which the rate rises
_MOMENTS = ("exp_avg", "exp_avg_sq")  # the state that AdamW keeps of each parameter


def blocks(texts: Sequence[Integers], length: int) -> Integers:
    """Return the texts joined, each after `BEGIN`, and cut into rows of `length` + 1 tokens.

    Raises:
        ValueError: they are too short for a row.
    """
    stream = np.concatenate([np.append(BEGIN, text) for text in texts] or [np.zeros(0)])
    n = (len(stream) - 1) // length
    if n < 1:
        raise ValueError(f"{len(stream)} tokens to train on; a row has {length + 1}")
    rows = np.lib.stride_tricks.sliding_window_view(stream, length + 1)[::length][:n]
    return rows.astype(np.int64)


@dataclass(frozen=True)
class Schedule:
    """The steps of a part of a training, and what decides the rows and the rate of each.

    Args:
        first: the first step.
        last: the step after the last one.
        total: steps of the whole training.
        batch: rows a step.
        rate: the highest learning rate: reached after a twentieth of all steps, then decreasing
            by a cosine.
        seed: of the order of rows.
    """

    first: int
    last: int
    total: int
    batch: int
    rate: float
    seed: int

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step."""
        warm = max(1.0, _WARM * self.total)
        if step < warm:
            return self.rate * ((step + 1) / warm)
        progress = (step - warm) / max(1.0, self.total - warm)
        return self.rate * (0.05 + 0.95 * (1 + cos(pi * progress)) / 2)

    def rows_at(self, step: int, n: int) -> Integers:
        """Return the rows of a step, of `n`, in an order that is drawn anew for each epoch."""
        at = np.arange(step * self.batch, (step + 1) * self.batch)
        return np.array([_order(n, int(k // n), self.seed)[k % n] for k in at])


def train_steps(
    network: nn.Module,
    state: dict[str, Tensor] | None,
    rows: Integers,
    schedule: Schedule,
    progress: Progress,
    what: str,
) -> dict[str, Tensor]:
    """Train `network` in place for some steps, and return the state from which to continue.

    Args:
        network: a language model of `networks`.
        state: the state that the previous steps returned; `None` at the beginning.
        rows: tokens, shape (n, length + 1).
        schedule: the steps.
        progress: shows them.
        what: their description there.
    """
    optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.rate, betas=(0.9, 0.95))
    if state is not None:
        _resume(network, optimiser, state, schedule.first)
    network.train()
    for step in progress(range(schedule.first, schedule.last), what):
        # Set by step, not by a scheduler, so that a resumed training needs no scheduler state.
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate_at(step)
        ids = torch.from_numpy(rows[schedule.rows_at(step, len(rows))])
        optimiser.zero_grad()
        logits = network(ids[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
    return _state(network, optimiser)


def weights_of(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights alone of a state of `train_steps`."""
    return {
        name.removeprefix("model."): tensor
        for name, tensor in state.items()
        if name.startswith("model.")
    }


@lru_cache(maxsize=2)
def _order(n: int, epoch: int, seed: int) -> Integers:
    """Return the order of rows in an epoch; cached, as each step needs it."""
    return np.random.default_rng((seed, epoch)).permutation(n)


def _state(network: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    state = {f"model.{name}": tensor for name, tensor in network.state_dict().items()}
    for name, parameter in network.named_parameters():
        for moment in _MOMENTS:
            state[f"{moment}.{name}"] = optimiser.state[parameter][moment]
    return state


def _resume(
    network: nn.Module, optimiser: torch.optim.Optimizer, state: dict[str, Tensor], step: int
) -> None:
    network.load_state_dict(weights_of(state))
    for name, parameter in network.named_parameters():
        moments = {moment: state[f"{moment}.{name}"].clone() for moment in _MOMENTS}
        optimiser.state[parameter] = {"step": torch.tensor(float(step)), **moments}
