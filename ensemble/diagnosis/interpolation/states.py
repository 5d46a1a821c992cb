"""State dicts: checks, distances, averages, and starting points for a line other than training's.

LayerNorm's weights stay as they are in a scaled start: they are 1 by design, not random.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

State = Mapping[str, Tensor]

_NAMED = 3


def check_states(model: nn.Module, *states: State) -> None:
    """Check that states are of the architecture of `model`, and finite.

    Raises:
        ValueError: a state lacks a tensor, has another, one of another shape, or NaN or infinity.
    """
    expected = model.state_dict()
    for state in states:
        if missing := [name for name in expected if name not in state]:
            raise ValueError(f"the weights lack {listed(missing)}")
        if unknown := [name for name in state if name not in expected]:
            raise ValueError(f"the model has no {listed(unknown)}")
        for name, tensor in state.items():
            if tensor.shape != expected[name].shape:
                shapes = f"{tuple(tensor.shape)}, not {tuple(expected[name].shape)}"
                raise ValueError(f"{name} is of shape {shapes}: another architecture")
            if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
                raise ValueError(f"{name} has weights that are not finite numbers")


def distance(start: State, end: State, moves: Callable[[str], bool] = lambda name: True) -> float:
    """Return the Euclidean distance of two state dicts, over the tensors of floats that move."""
    squares = [
        float((end[name].double() - tensor.double()).square().sum())
        for name, tensor in start.items()
        if tensor.is_floating_point() and moves(name)
    ]
    return float(np.sqrt(sum(squares)))


def average(states: Sequence[State]) -> dict[str, Tensor]:
    """Return the mean of several state dicts; tensors that are not of floats are the first's."""
    return {
        name: torch.stack([state[name] for state in states]).mean(dim=0)
        if tensor.is_floating_point()
        else tensor
        for name, tensor in states[0].items()
    }


def midpoint(first: State, second: State) -> dict[str, Tensor]:
    """Return the middle of the line between two state dicts, computed as points of a line are."""
    return {
        name: torch.lerp(tensor, second[name], 0.5) if tensor.is_floating_point() else tensor
        for name, tensor in first.items()
    }


def zero(state: State) -> dict[str, Tensor]:
    """Return the state with all floats set to 0."""
    return {
        name: torch.zeros_like(tensor) if tensor.is_floating_point() else tensor.clone()
        for name, tensor in state.items()
    }


def shuffled(state: State, seed: int) -> dict[str, Tensor]:
    """Return the state with each tensor's numbers in random order: random, but of the same size."""
    generator = torch.Generator().manual_seed(seed)
    return {name: _shuffled(tensor, generator) for name, tensor in state.items()}


def scaled(state: State, factor: float) -> dict[str, Tensor]:
    """Return the state with its matrices multiplied by `factor`."""
    return {
        name: tensor * factor if tensor.is_floating_point() and tensor.dim() > 1 else tensor.clone()
        for name, tensor in state.items()
    }


def listed(names: Sequence[str]) -> str:
    """Return the first few of `names` for a message, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _shuffled(tensor: Tensor, generator: torch.Generator) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.clone()
    order = torch.randperm(tensor.numel(), generator=generator)
    return tensor.flatten()[order].reshape(tensor.shape)
