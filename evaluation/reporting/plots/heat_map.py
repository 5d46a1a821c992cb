"""Draws tables of numbers as shaded cells."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reporting.plots.canvas import (
    INDIGO,
    ORANGE,
    STRONGEST,
    breadth,
    canvas,
    figures,
    height,
    legible,
    lines,
    write,
)
from evaluation.reporting.plots.drawing import Drawing, drawn
from evaluation.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def heat_map(
    values: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    label: str,
    centre: float | None = None,
) -> Drawing:
    """Return the drawing of a table whose cells are shaded by their value.

    Args:
        values: shape (rows, columns); NaN is unknown and hatched.
        rows: the names of rows, from the top.
        columns: the names of columns.
        label: the meaning of the values.
        centre: the value without a shade; larger ones are indigo, smaller ones orange. By
            default it is the smallest value.

    Raises:
        ValueError: there is nothing to draw, or the names do not match the values.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    cells = np.asarray(values, dtype=float)
    if cells.shape != (len(rows), len(columns)) or cells.size == 0:
        raise ValueError(f"{len(rows)} rows and {len(columns)} columns for shape {cells.shape}")
    widest = max(map(len, figures(cells)))
    with canvas(max(0.66, 0.09 * widest) * len(columns), height(rows) * len(rows)) as sheet:
        axes = sheet.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
        _shade(axes, cells, centre)
        _name(axes, rows, columns)
        axes.set_title("\n".join(lines(label, 60)), loc="left", fontsize=9, pad=10)
        return drawn(sheet)


def _shade(axes: "Axes", cells: Array, centre: float | None) -> None:
    """Draw each cell: its shade and its number, or a hatch if it is unknown."""
    from matplotlib.patches import Rectangle

    strengths, numbers = _strengths(cells, centre), figures(cells)
    for (row, column), number in zip(np.ndindex(cells.shape), numbers, strict=True):
        strength = float(strengths[row, column])
        cell = Rectangle((column + 0.02, row + 0.03), 0.96, 0.94, linewidth=0)
        if np.isnan(strength):
            cell.set(facecolor="none", hatch="/////", alpha=0.8)
        else:
            cell.set(facecolor=INDIGO if strength > 0 else ORANGE, alpha=abs(strength))
            axes.text(column + 0.5, row + 0.5, number, ha="center", va="center", fontsize=8.5)
        axes.add_patch(cell)


def _strengths(cells: Array, centre: float | None) -> Array:
    """Return the scaled distance of each value from the centre, at most STRONGEST."""
    known = cells[np.isfinite(cells)]
    lowest = float(known.min()) if known.size else 0.0
    middle = lowest if centre is None else centre
    farthest = float(np.abs(known - middle).max(initial=0)) or 1.0
    return np.clip((cells - middle) / farthest, -1, 1) * STRONGEST


def _name(axes: "Axes", rows: Sequence[str], columns: Sequence[str]) -> None:
    """Write the names at the left and below, slanted if they are too long."""
    slanted = max(map(breadth, columns)) > 8
    axes.set_xticks(np.arange(len(columns)) + 0.5, [] if slanted else map(legible, columns))
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for row, name in enumerate(rows):
        write(axes, name, (0, row + 0.5))
    for column, name in enumerate(columns if slanted else ()):
        write(axes, name, (column + 0.6, len(rows)), slanted=True)
