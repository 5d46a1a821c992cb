"""Draws curves with 95% bands."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reporting.plots.canvas import INDIGO, ORANGE, canvas, legible, lines
from evaluation.reporting.plots.drawing import Drawing, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = (INDIGO, ORANGE, "#2a8f5f", "#cf5565", "#2290a5", "#a05fc0", "#8a8375")
_DASHES = ("-", "--", "-.", ":")


class Series(NamedTuple):
    """One curve: `values` of shape (n,), NaN where unknown, and the bounds of its 95% band."""

    values: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None


def curves(
    x: Sequence[float],
    series: Mapping[str, Series],
    x_label: str,
    y_label: str,
    log_x: bool = False,
) -> Drawing:
    """Return the drawing of several curves over `x`, shape (n,), each with its 95% band.

    Raises:
        ValueError: a curve and `x` differ in length, or a logarithmic `x` is not above 0.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    if log_x and not all(value > 0 for value in x):
        raise ValueError("values on a logarithmic axis must be above 0")
    with canvas(4.6, 3) as sheet:
        axes = sheet.add_axes((0, 0, 1, 1))
        axes.set(xlabel=legible(x_label), ylabel=legible(y_label))
        axes.grid(axis="y")
        for rank, curve in enumerate(series.values()):
            _draw_curve(axes, x, curve, rank)
        _scale(axes, x, log_x)
        _add_legend(axes, series)
        return drawn(sheet)


def _draw_curve(axes: "Axes", x: Sequence[float], curve: Series, rank: int) -> None:
    colour, dash = _COLOURS[rank % len(_COLOURS)], _DASHES[rank % len(_DASHES)]
    marker = "o" if len(x) <= 20 else ""
    values = np.asarray(curve.values, dtype=float)
    axes.plot(x, values, dash, color=colour, marker=marker, markersize=4)
    if curve.low is not None and curve.high is not None:
        low, high = np.asarray(curve.low, dtype=float), np.asarray(curve.high, dtype=float)
        axes.fill_between(x, low, high, color=colour, alpha=0.16, linewidth=0)


def _scale(axes: "Axes", x: Sequence[float], log: bool) -> None:
    """Set a tick for each value if there are few; otherwise matplotlib chooses them."""
    if log:
        axes.set_xscale("log")
        # The default labels are powers of 10 in TeX.
        axes.xaxis.set_major_formatter("{x:,g}")
        axes.xaxis.set_minor_formatter("")
    if len(x) <= 8:
        axes.set_xticks(x, [f"{value:,g}" for value in x])
        axes.set_xticks([], minor=True)


def _add_legend(axes: "Axes", series: Mapping[str, Series]) -> None:
    names = ["\n".join(lines(name)) for name in series]
    axes.legend(axes.get_lines(), names, loc="upper left", bbox_to_anchor=(1.01, 1.02))
