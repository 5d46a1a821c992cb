"""The loss on the straight line between two state dicts, measured on a copy of the model.

The user's model is only read: neither its weights nor its training mode change.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from ensemble.diagnosis.interpolation.shape import gauss_length
from ensemble.diagnosis.interpolation.states import State, check_states, distance, listed
from ensemble.types import Array

_TOLERANCE = 1e-9  # as a share of the line: how exactly the highest point is located


class Measurement(NamedTuple):
    """The results of a model on some data.

    `counts` (b, 3): for each of b batches the summed loss, the number of wrong answers, and the
    number of examples. `outputs` (n, k), if wanted: of all examples.
    """

    counts: Array
    outputs: Array | None = None

    @property
    def loss(self) -> float:
        """The mean loss."""
        sums = self.counts.sum(axis=0)
        return float(sums[0] / sums[2])


Measure = Callable[[nn.Module], Measurement]
"""Evaluates a model, in evaluation mode and without gradients, on some data."""
Calibrate = Callable[[nn.Module], object]
"""Runs a model on its training data, so that running statistics are estimated again."""


@dataclass(frozen=True, eq=False)
class LossCurve:
    """Measurements at p points of a line, `at` (p,): 0 is the start, 1 the end.

    `counts` has, by data, shape (p, b, 3). `distance` is the Euclidean distance of the ends'
    weights, and `gauss` the Gauss length of the first data's outputs (NaN without outputs).
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


@dataclass(frozen=True)
class LineOptions:
    """Which points of a line are measured, and how the model gets there.

    Args:
        points: how many between the ends, equally spaced, both ends included.
        beyond: how far the line is followed past either end, as a share of its length.
        moves: which tensors move, by name; the others stay as they are at the end.
        calibrate: estimates running statistics again at every point.
        sharpen: whether the point where the first loss is highest above the chord is located
            between those measured, and added.

    Raises:
        ValueError: there are fewer than two points, or `beyond` is negative.
    """

    points: int = 25
    beyond: float = 0.0
    moves: Callable[[str], bool] = lambda name: True
    calibrate: Calibrate | None = None
    sharpen: bool = False

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.points < 2 or self.beyond < 0:
            raise ValueError(
                f"{self.points} points, {self.beyond} beyond: it takes 2 points, and at least 0"
            )

    @property
    def grid(self) -> list[float]:
        """The points to measure, in order."""
        step = 1 / (self.points - 1)
        past = int(np.floor(self.beyond / step + 1e-9))
        # From both ends, so that 0 and 1 are exact.
        before = [k * step for k in range(-past, self.points - 1)]
        return before + [1 + k * step for k in range(past + 1)]


_DEFAULTS = LineOptions()


def interpolate(
    model: nn.Module,
    start: State,
    end: State,
    measures: Mapping[str, Measure],
    options: LineOptions = _DEFAULTS,
    progress: Callable[[Sequence[float]], Iterable[float]] = iter,
) -> LossCurve:
    """Measure the line from `start` to `end`, both ends included.

    Args:
        model: of the architecture of both states; it is copied.
        start: a state dict.
        end: another.
        measures: the measurements, by the name of their data.
        options: which points, and how.
        progress: passes the points through.

    Raises:
        ValueError: a state lacks tensors, has others, or of another shape, or NaN; or the model
            keeps running statistics and `calibrate` is not given.
    """
    line = _Line(model, start, end, measures, options)
    first = next(iter(measures))
    results = {t: line.at(t) for t in progress(options.grid)}
    if options.sharpen:
        losses = {t: result[first].loss for t, result in results.items()}
        peak = _peak(losses, lambda t: line.at(t)[first].loss)
        results[peak] = line.at(peak)
    at = np.array(sorted(results), dtype=np.float64)
    counts = {name: np.stack([results[t][name].counts for t in at]) for name in measures}
    gauss = _gauss([results[t][first].outputs for t in at if 0 <= t <= 1])
    return LossCurve(at, counts, distance(start, end, options.moves), gauss)


class _Line:
    """A copy of the model that can be put at any point of the line."""

    def __init__(
        self,
        model: nn.Module,
        start: State,
        end: State,
        measures: Mapping[str, Measure],
        options: LineOptions,
    ) -> None:
        check_states(model, start, end)
        self._norms = [name for name, module in model.named_modules() if _keeps_statistics(module)]
        if self._norms and options.calibrate is None:
            raise ValueError(
                f"{listed(self._norms)} keeps running statistics, and those between two models are "
                "of neither: give `calibrate`, which runs the model on its training data, or use a "
                "model without them"
            )
        # A copy, as points of the line overwrite weights.
        self._copy = deepcopy(model).eval()
        self._copy.load_state_dict(dict(end))
        self._moved = [
            (start[name], end[name], tensor)
            for name, tensor in self._copy.state_dict().items()
            if tensor.is_floating_point() and options.moves(name)
        ]
        self._calibrate, self._measures = options.calibrate, measures

    @torch.no_grad()
    def at(self, t: float) -> dict[str, Measurement]:
        for first, last, tensor in self._moved:
            tensor.copy_(torch.lerp(first, last, t))
        if self._calibrate is not None and self._norms:
            _calibrate(self._copy, self._calibrate)
        return {name: measure(self._copy) for name, measure in self._measures.items()}


def _calibrate(model: nn.Module, calibrate: Calibrate) -> None:
    """Estimate running statistics again as plain means; all else stays in evaluation mode."""
    norms = [module for module in model.modules() if _keeps_statistics(module)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()  # type: ignore[operator]
        # Without momentum, PyTorch's batch norm averages all batches equally.
        norm.momentum = None  # type: ignore[assignment]
        norm.train()
    calibrate(model)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()


def _keeps_statistics(module: nn.Module) -> bool:
    return getattr(module, "running_mean", None) is not None


def _peak(measured: Mapping[float, float], loss: Callable[[float], float]) -> float:
    """Return where the loss is highest above the chord, near the highest of the measured points."""
    from scipy.optimize import minimize_scalar

    inside = np.array(sorted(t for t in measured if 0 <= t <= 1))
    losses = np.array([measured[float(t)] for t in inside])
    slope = losses[-1] - losses[0]
    top = int(np.argmax(losses - (losses[0] + inside * slope)))
    low, high = float(inside[max(top - 1, 0)]), float(inside[min(top + 1, len(inside) - 1)])
    best = minimize_scalar(
        lambda t: t * slope - loss(float(t)),
        bounds=(low, high),
        method="bounded",
        options={"xatol": _TOLERANCE},
    )
    return float(best.x)


def _gauss(outputs: Sequence[Array | None]) -> float:
    """Return the Gauss length of outputs at successive points; NaN if some are missing."""
    rows = [array.ravel() for array in outputs if array is not None]
    return gauss_length(np.stack(rows)) if len(rows) == len(outputs) else float("nan")
