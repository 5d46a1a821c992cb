"""Draws horizontal bars with 95% intervals."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reporting.plots.canvas import (
    INDIGO,
    INK,
    STRONGEST,
    canvas,
    figures,
    height,
    legible,
    scores_with_bounds,
    write,
)
from evaluation.reporting.plots.drawing import Drawing, drawn


def bars(
    names: Sequence[str], values: ArrayLike, low: ArrayLike, high: ArrayLike, label: str
) -> Drawing:
    """Return the drawing of horizontal bars from 0, with 95% intervals.

    Args:
        names: the names of the bars, from the top.
        values: shape (bars,); NaN is unknown.
        low: the lower bounds, shape (bars,); NaN is unknown.
        high: the upper bounds, shape (bars,); NaN is unknown.
        label: the meaning of the values.

    Raises:
        ValueError: there are no bars, or names, values and bounds differ in number.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    lengths, starts, ends = scores_with_bounds(names, values, low, high)
    with canvas(4.2, height(names) * len(names)) as sheet:
        axes, at = sheet.add_axes((0, 0, 1, 1)), np.arange(len(names))
        axes.barh(at, lengths, height=0.55, color=INDIGO, alpha=STRONGEST)
        axes.hlines(at, starts, ends, color=INK, linewidth=1.2)
        for bound in (starts, ends):
            axes.plot(bound, at, "|", color=INK, markersize=7)
        axes.axvline(0, color=INK, linewidth=0.9)
        axes.set(xlabel=legible(label), ylim=(len(names) - 0.4, -0.6))
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        left, right = axes.get_xlim()
        for row, (name, number) in enumerate(zip(names, figures(lengths), strict=True)):
            write(axes, name, (left, row))
            write(axes, number, (right + 0.16 * (right - left), row))
        return drawn(sheet)
