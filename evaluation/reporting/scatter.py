"""Draws scatter plots with named points, in the style of `evaluation.reporting.plots`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reporting.plots import INDIGO, INK, canvas, legible, svg


def scatter(
    x: ArrayLike, y: ArrayLike, names: Sequence[str], x_label: str, y_label: str, title: str = ""
) -> str:
    """Return the SVG of points with their names; points with an unknown value are left out.

    Args:
        x: shape (n,); NaN is unknown.
        y: shape (n,); NaN is unknown.
        names: the names of the points.
        x_label: the meaning of `x`.
        y_label: the meaning of `y`.
        title: the title of the plot.

    Raises:
        ValueError: names and values differ in number.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if {across.shape, up.shape} != {(len(names),)}:
        raise ValueError(f"{across.shape} and {up.shape} values for {len(names)} names")
    known = np.isfinite(across) & np.isfinite(up)
    with canvas(3.6, 3) as sheet:
        axes = sheet.add_axes((0, 0, 1, 1))
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
        return svg(sheet)
