"""Draws scores with their intervals, one a line, on a scale that need not begin at 0."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reporting.plots.canvas import INDIGO, INK, canvas, legible, scores_with_bounds
from evaluation.reporting.plots.drawing import Drawing, drawn


def rank_plot(
    names: Sequence[str], values: ArrayLike, low: ArrayLike, high: ArrayLike, label: str
) -> Drawing:
    """Return the drawing of a dot for each score, with its 95% interval as a line.

    Args:
        names: the names of the scores, from the top.
        values: shape (scores,).
        low: the lower bounds, shape (scores,); NaN is unknown.
        high: the upper bounds, shape (scores,); NaN is unknown.
        label: the meaning of the scores.

    Raises:
        ValueError: there are no scores, or names, values and bounds differ in number.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    at, starts, ends = scores_with_bounds(names, values, low, high)
    with canvas(4.6, 0.26 * len(names) + 0.1) as sheet:
        axes, rows = sheet.add_axes((0, 0, 1, 1)), np.arange(len(names))
        axes.hlines(rows, starts, ends, color=INK, linewidth=1.2)
        axes.plot(at, rows, "o", color=INDIGO, markersize=5)
        axes.set(xlabel=legible(label), ylim=(len(names) - 0.4, -0.6))
        axes.set_yticks(rows, [legible(name) for name in names])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid()
        return drawn(sheet)
