"""The straight line between two state dicts, walked by a copy of the model.

The user's model is read and never written to: neither its weights, nor its training mode.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ensemble.diagnosis.interpolation.shape import gauss_length
from ensemble.types import Array

State = Mapping[str, Tensor]

POINTS = 25
_SHARPER = 1e-9  # of the line; how well the highest point between two others is found
_NAMED = 3


class Measured(NamedTuple):
    """What a model makes of some data.

    `counts` (b, 3): of each of b batches the summed loss, how many examples it gets wrong, and
    how many there are. `outputs` (n, k), if wanted: of all examples.
    """

    counts: Array
    outputs: Array | None = None


Measure = Callable[[nn.Module], Measured]
"""Evaluates a model, in evaluation mode and without gradients, on data of its own."""
Settle = Callable[[nn.Module], object]
"""Shows a model its training data, so that running statistics are estimated again."""


@dataclass(frozen=True, eq=False)
class Walk:
    """What was measured at each of p points, `at` (p,): 0 is the start, 1 the end.

    `counts` has, by data, shape (p, b, 3). `distance` is how far apart the ends are in weights,
    Euclidean, and `gauss` the Gauss length of the first data's outputs (NaN without outputs).
    """

    at: Array
    counts: Mapping[str, Array]
    distance: float
    gauss: float

    def loss(self, data: str) -> Array:
        """Return the mean loss at each point, shape (p,)."""
        sums = self.counts[data].sum(axis=1)
        return np.asarray(sums[:, 0] / sums[:, 2])

    def error(self, data: str) -> Array:
        """Return the share of wrong answers at each point, shape (p,)."""
        sums = self.counts[data].sum(axis=1)
        return np.asarray(sums[:, 1] / sums[:, 2])


def walk(
    model: nn.Module,
    start: State,
    end: State,
    measures: Mapping[str, Measure],
    points: int = POINTS,
    beyond: float = 0.0,
    moves: Callable[[str], bool] = lambda name: True,
    settle: Settle | None = None,
    sharpen: bool = False,
    progress: Callable[[Sequence[float]], Iterable[float]] = iter,
) -> Walk:
    """Measure the line from `start` to `end`, both ends included.

    Args:
        model: whose architecture the states are of; it is copied.
        start: a state dict.
        end: another.
        measures: what is measured, by the name of the data.
        points: how many on the line between the ends, equally far apart.
        beyond: how far the line is followed past either end, as a share of it.
        moves: which tensors move, by name; the others stay as they are at the end.
        settle: estimates running statistics again at every point.
        sharpen: whether the point where the first loss is highest above the chord is looked
            for between those measured, and added.
        progress: passes the points through.

    Raises:
        ValueError: a state lacks tensors, has others, or of another shape, or NaN; there are
            fewer than two points; or the model keeps running statistics and `settle` is none.
    """
    if points < 2 or beyond < 0:
        raise ValueError(f"{points} points and {beyond} beyond: it takes two points, and 0 or more")
    line = _Line(model, start, end, moves, settle, measures)
    step = 1 / (points - 1)
    past = int(np.floor(beyond / step + 1e-9))
    grid = [k * step for k in range(-past, points - 1)] + [1 + k * step for k in range(past + 1)]
    found = {t: line.at(t) for t in progress(grid)}
    if sharpen:
        peak = _peak(line, found, next(iter(measures)))
        found[peak] = line.at(peak)
    at = np.array(sorted(found), dtype=np.float64)
    counts = {name: np.stack([found[t][name].counts for t in at]) for name in measures}
    first = [found[t][next(iter(measures))].outputs for t in at if 0 <= t <= 1]
    outputs = [one.ravel() for one in first if one is not None]
    gauss = gauss_length(np.stack(outputs)) if len(outputs) == len(first) else float("nan")
    return Walk(at, counts, distance(start, end, moves), gauss)


def distance(start: State, end: State, moves: Callable[[str], bool] = lambda name: True) -> float:
    """Return the Euclidean distance of two state dicts, over tensors of floats that move."""
    squares = [
        float((end[name].double() - tensor.double()).square().sum())
        for name, tensor in start.items()
        if tensor.is_floating_point() and moves(name)
    ]
    return float(np.sqrt(sum(squares)))


def check_states(model: nn.Module, *states: State) -> None:
    """Raise a `ValueError` where a state is none of `model`, or holds what is no finite number."""
    own = model.state_dict()
    for state in states:
        if missing := [name for name in own if name not in state]:
            raise ValueError(f"the weights lack {_some(missing)}")
        if unknown := [name for name in state if name not in own]:
            raise ValueError(f"the model has no {_some(unknown)}")
        for name, tensor in state.items():
            if tensor.shape != own[name].shape:
                shapes = f"{tuple(tensor.shape)}, not {tuple(own[name].shape)}"
                raise ValueError(f"{name} is of shape {shapes}: another architecture")
            if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
                raise ValueError(f"{name} has weights that are no finite numbers")


class _Line:
    """A copy of the model that stands anywhere on the line."""

    def __init__(
        self,
        model: nn.Module,
        start: State,
        end: State,
        moves: Callable[[str], bool],
        settle: Settle | None,
        measures: Mapping[str, Measure],
    ) -> None:
        check_states(model, start, end)
        self._norms = [name for name, module in model.named_modules() if _keeps_statistics(module)]
        if self._norms and settle is None:
            raise ValueError(
                f"{_some(self._norms)} keeps running statistics, and those between two models are "
                "of neither: give `settle`, which shows the model its training data, or use a "
                "model without them"
            )
        self._copy = deepcopy(model).eval()
        self._copy.load_state_dict(dict(end))
        own = self._copy.state_dict()
        self._moved = [
            (start[name], end[name], tensor)
            for name, tensor in own.items()
            if tensor.is_floating_point() and moves(name)
        ]
        self._settle, self._measures = settle, measures

    @torch.no_grad()
    def at(self, t: float) -> dict[str, Measured]:
        for first, last, own in self._moved:
            own.copy_(torch.lerp(first, last, t))
        if self._settle is not None and self._norms:
            _settled(self._copy, self._settle)
        return {name: measure(self._copy) for name, measure in self._measures.items()}


def _settled(model: nn.Module, settle: Settle) -> None:
    """Estimate running statistics again as plain means; all else stays in evaluation mode."""
    norms = [module for module in model.modules() if _keeps_statistics(module)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()  # type: ignore[operator]
        norm.momentum = None  # type: ignore[assignment]
        norm.train()
    settle(model)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()


def _keeps_statistics(module: nn.Module) -> bool:
    return getattr(module, "running_mean", None) is not None


def _peak(line: _Line, found: Mapping[float, Mapping[str, Measured]], name: str) -> float:
    """Return where, between the neighbours of the highest point, the loss is highest."""
    from scipy.optimize import minimize_scalar

    inside = np.array(sorted(t for t in found if 0 <= t <= 1))
    losses = np.array([_loss(found[float(t)][name]) for t in inside])
    top = int(np.argmax(losses - (losses[0] + inside * (losses[-1] - losses[0]))))
    low, high = float(inside[max(top - 1, 0)]), float(inside[min(top + 1, len(inside) - 1)])
    slope = losses[-1] - losses[0]
    best = minimize_scalar(
        lambda t: t * slope - _loss(line.at(float(t))[name]),
        bounds=(low, high),
        method="bounded",
        options={"xatol": _SHARPER},
    )
    return float(best.x)


def _loss(measured: Measured) -> float:
    sums = measured.counts.sum(axis=0)
    return float(sums[0] / sums[2])


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
