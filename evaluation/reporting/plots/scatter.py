"""Draws scatter plots with named points."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reporting.plots.canvas import INDIGO, INK, canvas, legible
from evaluation.reporting.plots.drawing import Drawing, drawn


def scatter(
    x: ArrayLike,
    y: ArrayLike,
    names: Sequence[str],
    x_label: str,
    y_label: str,
    title: str = "",
    *,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    log_x: bool = False,
) -> Drawing:
    """Return the drawing of points with their names; points with an unknown value are left out.

    Args:
        x: shape (n,); NaN is unknown.
        y: shape (n,); NaN is unknown.
        names: the names of the points.
        x_label: the meaning of `x`.
        y_label: the meaning of `y`.
        title: the title of the plot.
        low: the lower bounds of `y`, shape (n,), if there are intervals.
        high: the upper bounds of `y`, shape (n,), if there are intervals.
        log_x: whether the axis of `x` is logarithmic.

    Raises:
        ValueError: names and values differ in number, or a logarithmic `x` is not above 0.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if {across.shape, up.shape} != {(len(names),)}:
        raise ValueError(f"{across.shape} and {up.shape} values for {len(names)} names")
    known = np.isfinite(across) & np.isfinite(up)
    if log_x and not (across[known] > 0).all():
        raise ValueError("values on a logarithmic axis must be above 0")
    with canvas(3.6, 3) as sheet:
        axes = sheet.add_axes((0, 0, 1, 1))
        if log_x:
            axes.set_xscale("log")
            # The default labels are powers of 10 in TeX.
            axes.xaxis.set_major_formatter("{x:,g}")
            axes.xaxis.set_minor_formatter("")
        if low is not None and high is not None:
            bounds = np.asarray(low, dtype=float)[known], np.asarray(high, dtype=float)[known]
            axes.vlines(across[known], *bounds, color=INDIGO, linewidth=1, alpha=0.5)
        axes.plot(across[known], up[known], "o", color=INDIGO, markersize=5)
        for place in np.flatnonzero(known).tolist():
            axes.annotate(
                legible(names[place]),
                (across[place], up[place]),
                xytext=(5, 4),
                textcoords="offset points",
                fontsize=7,
                alpha=0.8,
                color=INK,
            )
        axes.margins(0.12)
        axes.grid()
        axes.set(xlabel=legible(x_label), ylabel=legible(y_label))
        axes.set_title(legible(title), loc="left", fontsize=9)
        return drawn(sheet)
