"""Undoing a permutation: hidden units of one network in the order in which another has them.

Weight matching (Ainsworth, Hayase & Srinivasa, "Git Re-Basin", ICLR 2023). A network computes the
same whichever order the units of a hidden layer are in, so that two that learnt the same may seem
to lie behind a barrier.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ensemble.diagnosis.interpolation.interpolate import State

_MOST_ROUNDS = 50
_FEED_FORWARD = (
    (r"intermediate\.dense", ("output.dense",)),
    (r"mlp\.c_fc", ("mlp.c_proj",)),
    (r"fc1", ("fc2",)),
    (r"lin1", ("lin2",)),
    (r"mlp\.up_proj", ("mlp.down_proj",)),
)
"""What goes into hidden units and what comes out, as BERT, GPT-2, OPT, DistilBERT, Llama say it."""


class Units(NamedTuple):
    """The units of one hidden layer: which axis of which tensors has one entry for each."""

    places: tuple[tuple[str, int], ...]


def units_of(model: nn.Module) -> list[Units]:
    """Return the hidden layers of `model` whose units may stand in any order.

    Those between two linear layers of an `nn.Sequential`, with nothing but activations between,
    and the feed-forward layers of transformers. Heads of attention stay where they are.

    Raises:
        ValueError: none is known.
    """
    modules = dict(model.named_modules())
    found = [units for name, part in modules.items() if isinstance(part, nn.Sequential)
             for units in _in_a_row(name, part)]  # fmt: skip
    for name in modules:
        for into, (out,) in _FEED_FORWARD:
            hit = re.search(rf"(^|\.){into}$", name)
            after = f"{name[: hit.start(0)]}{hit[1]}{out}" if hit else ""
            if after and after in modules:
                gate = name.replace("up_proj", "gate_proj")
                more = [gate] if gate != name and gate in modules else []
                found.append(_between(modules, [name, *more], after))
    if not found:
        raise ValueError(f"{type(model).__name__} has no hidden units that are known to permute")
    return found


def matched(one: State, other: State, units: Sequence[Units], seed: int = 0) -> dict[str, Tensor]:
    """Return `other` with its units in the order in which they are most like those of `one`.

    A layer at a time, its best assignment given all others', until none changes; of several
    layers in a row that is a local optimum.

    Raises:
        ValueError: a state lacks a tensor, or has as many units no more.
    """
    found = {name: tensor.clone() for name, tensor in other.items()}
    for some in units:
        for name, _ in some.places:
            if name not in one or name not in found or one[name].shape != found[name].shape:
                raise ValueError(f"{name} is not in both states, of one shape")
    generator = np.random.default_rng(seed)
    for _ in range(_MOST_ROUNDS):
        changed = [_assigned(one, found, units[k]) for k in generator.permutation(len(units))]
        if not any(changed):
            break
    return found


def _assigned(one: State, found: dict[str, Tensor], units: Units) -> bool:
    """Put the units of one layer in their best order, in place, and return whether they moved."""
    from scipy.optimize import linear_sum_assignment

    likeness = sum(_rows(one[name], axis) @ _rows(found[name], axis).T
                   for name, axis in units.places)  # fmt: skip
    _, order = linear_sum_assignment(np.asarray(likeness), maximize=True)
    if (order == np.arange(len(order))).all():
        return False
    for name, axis in units.places:
        found[name] = found[name].index_select(axis, torch.from_numpy(order))
    return True


def _rows(tensor: Tensor, axis: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = tensor.detach().double().movedim(axis, 0)
    return np.asarray(rows.reshape(len(rows), -1).numpy())


def _in_a_row(name: str, part: nn.Sequential) -> list[Units]:
    linear = [(k, one) for k, one in enumerate(part) if isinstance(one, nn.Linear)]
    modules = {f"{name}.{k}".lstrip("."): one for k, one in linear}
    return [
        _between(modules, [f"{name}.{i}".lstrip(".")], f"{name}.{j}".lstrip("."))
        for (i, _), (j, _) in pairwise(linear)
        if all(not list(one.parameters()) and "Flatten" not in type(one).__name__
               and "Softmax" not in type(one).__name__ for one in list(part)[i + 1 : j])
    ]  # fmt: skip


def _between(modules: Mapping[str, nn.Module], into: Sequence[str], out: str) -> Units:
    """Return the units between layers; GPT-2's have their weights the other way round."""
    places = []
    for name in into:
        places.append((f"{name}.weight", 0 if isinstance(modules[name], nn.Linear) else 1))
        if getattr(modules[name], "bias", None) is not None:
            places.append((f"{name}.bias", 0))
    places.append((f"{out}.weight", 1 if isinstance(modules[out], nn.Linear) else 0))
    return Units(tuple(places))
