"""Undoing a permutation: putting one network's hidden units in the order of another's.

Weight matching (Ainsworth, Hayase & Srinivasa, "Git Re-Basin", ICLR 2023). A network computes the
same function whatever the order of the units in a hidden layer, so two networks that learnt the
same may seem to have a barrier between them.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ensemble.diagnosis.interpolation.states import State

_MOST_ROUNDS = 50
_FEED_FORWARD = (
    (r"intermediate\.dense", ("output.dense",)),
    (r"mlp\.c_fc", ("mlp.c_proj",)),
    (r"fc1", ("fc2",)),
    (r"lin1", ("lin2",)),
    (r"mlp\.up_proj", ("mlp.down_proj",)),
)
"""Layers into hidden units and out of them, as BERT, GPT-2, OPT, DistilBERT and Llama name them."""


class Units(NamedTuple):
    """The units of one hidden layer: the axes of the tensors that have one entry for each."""

    places: tuple[tuple[str, int], ...]


def units_of(model: nn.Module) -> list[Units]:
    """Return the hidden layers of `model` whose units may stand in any order.

    They are those between two linear layers of an `nn.Sequential`, with only activations between
    them, and the feed-forward layers of transformers. Attention heads are not permuted.

    Raises:
        ValueError: no such layer is known.
    """
    modules = dict(model.named_modules())
    layers = [
        units
        for name, part in modules.items()
        if isinstance(part, nn.Sequential)
        for units in _in_a_row(name, part)
    ]
    for name in modules:
        for into, (out,) in _FEED_FORWARD:
            match = re.search(rf"(^|\.){into}$", name)
            after = f"{name[: match.start(0)]}{match[1]}{out}" if match else ""
            if after and after in modules:
                gate = name.replace("up_proj", "gate_proj")
                more = [gate] if gate != name and gate in modules else []
                layers.append(_between(modules, [name, *more], after))
    if not layers:
        raise ValueError(f"{type(model).__name__} has no hidden units that are known to permute")
    return layers


def matched(
    first: State, second: State, units: Sequence[Units], seed: int = 0
) -> dict[str, Tensor]:
    """Return `second` with its units in the order in which they are most similar to `first`'s.

    Layers are assigned one at a time, optimally given the others, until none changes; with several
    layers in a row that is a local optimum.

    Raises:
        ValueError: a tensor of the units is missing in a state, or the shapes differ.
    """
    state = {name: tensor.clone() for name, tensor in second.items()}
    for layer in units:
        for name, _ in layer.places:
            if name not in first or name not in state or first[name].shape != state[name].shape:
                raise ValueError(f"{name} is not in both states, of one shape")
    generator = np.random.default_rng(seed)
    # Layers depend on each other's order, so rounds are repeated until nothing changes.
    for _ in range(_MOST_ROUNDS):
        changed = [_assigned(first, state, units[k]) for k in generator.permutation(len(units))]
        if not any(changed):
            break
    return state


def _assigned(first: State, state: dict[str, Tensor], units: Units) -> bool:
    """Put the units of one layer in their best order, in place; return whether they moved."""
    from scipy.optimize import linear_sum_assignment

    likeness = sum(
        _rows(first[name], axis) @ _rows(state[name], axis).T for name, axis in units.places
    )
    _, order = linear_sum_assignment(np.asarray(likeness), maximize=True)
    if (order == np.arange(len(order))).all():
        return False
    for name, axis in units.places:
        state[name] = state[name].index_select(axis, torch.from_numpy(order))
    return True


def _rows(tensor: Tensor, axis: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = tensor.detach().double().movedim(axis, 0)
    return np.asarray(rows.reshape(len(rows), -1).numpy())


def _in_a_row(name: str, part: nn.Sequential) -> list[Units]:
    linear = [(k, layer) for k, layer in enumerate(part) if isinstance(layer, nn.Linear)]
    modules = {f"{name}.{k}".lstrip("."): layer for k, layer in linear}
    layers = list(part)
    return [
        _between(modules, [f"{name}.{i}".lstrip(".")], f"{name}.{j}".lstrip("."))
        for (i, _), (j, _) in pairwise(linear)
        if all(map(_acts_on_each_unit, layers[i + 1 : j]))
    ]


def _acts_on_each_unit(layer: nn.Module) -> bool:
    """Return whether a layer treats units alike and one by one, as an activation does."""
    name = type(layer).__name__
    return not list(layer.parameters()) and "Flatten" not in name and "Softmax" not in name


def _between(modules: Mapping[str, nn.Module], into: Sequence[str], out: str) -> Units:
    """Return the units between layers; GPT-2 stores weights transposed."""
    places = []
    for name in into:
        places.append((f"{name}.weight", 0 if isinstance(modules[name], nn.Linear) else 1))
        if getattr(modules[name], "bias", None) is not None:
            places.append((f"{name}.bias", 0))
    places.append((f"{out}.weight", 1 if isinstance(modules[out], nn.Linear) else 0))
    return Units(tuple(places))
