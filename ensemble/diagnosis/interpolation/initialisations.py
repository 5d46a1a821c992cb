"""Where a line may start beside the initialisation: controls, and starts that are bad on purpose.

LayerNorm's weights stay as they are in a start that is scaled or shuffled: theirs is no chance.
"""

import torch
from torch import Tensor

from ensemble.diagnosis.interpolation.interpolate import State


def zero(state: State) -> dict[str, Tensor]:
    """Return the state whose every number is 0."""
    return {name: torch.zeros_like(tensor) if tensor.is_floating_point() else tensor.clone()
            for name, tensor in state.items()}  # fmt: skip


def shuffled(state: State, seed: int) -> dict[str, Tensor]:
    """Return the state with the numbers of each tensor in chance order: as large, but random."""
    generator = torch.Generator().manual_seed(seed)
    return {name: _shuffled(tensor, generator) for name, tensor in state.items()}


def scaled(state: State, factor: float) -> dict[str, Tensor]:
    """Return the state with its matrices `factor` times as large."""
    return {name: tensor * factor if tensor.is_floating_point() and tensor.dim() > 1
            else tensor.clone() for name, tensor in state.items()}  # fmt: skip


def _shuffled(tensor: Tensor, generator: torch.Generator) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.clone()
    order = torch.randperm(tensor.numel(), generator=generator)
    return tensor.flatten()[order].reshape(tensor.shape)
