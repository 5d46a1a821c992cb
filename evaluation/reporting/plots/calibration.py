"""Draws reliability diagrams."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from evaluation.reporting.plots.canvas import INDIGO, INK, STRONGEST, canvas
from evaluation.reporting.plots.drawing import Drawing, drawn
from evaluation.statistics.calibration import calibration_error, reliability
from evaluation.types import Integers

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def calibration(probability: ArrayLike, right: ArrayLike, bins: int = 10) -> Drawing:
    """Return the drawing of a reliability diagram: the share of right predictions by probability.

    The upper part shows the share in each bin with its 95% interval and the diagonal of perfect
    calibration; the lower part shows the number of predictions in each bin.

    Args:
        probability: the probability of each prediction, shape (n,), in [0, 1].
        right: whether each prediction was right, shape (n,).
        bins: the number of bins, equally wide.

    Raises:
        ValueError: as `evaluation.statistics.calibration.reliability` does.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    binned = reliability(probability, right, bins)
    error = calibration_error(probability, right, bins)
    with canvas(3.6, 4.4) as sheet:
        above = sheet.add_axes((0, 0.3, 1, 0.7))
        below = sheet.add_axes((0, 0, 1, 0.24), sharex=above)
        above.plot([0, 1], [0, 1], "--", color=INK, linewidth=0.8, alpha=0.6)
        above.vlines(binned.probability, binned.low, binned.high, color=INDIGO, linewidth=1.2)
        above.plot(binned.probability, binned.rate, "o-", color=INDIGO, markersize=5)
        above.set(ylim=(-0.02, 1.02), ylabel="share that was right")
        above.set_title(f"expected calibration error {error:.3f}", loc="left", fontsize=9)
        above.tick_params(labelbottom=False)
        above.grid()
        _count(below, binned.n)
        return drawn(sheet)


def _count(axes: "Axes", n: Integers) -> None:
    """Draw the number of predictions in each bin."""
    edges = np.linspace(0, 1, len(n) + 1)
    axes.bar(edges[:-1], n, 1 / len(n), align="edge", color=INDIGO, alpha=STRONGEST, linewidth=0)
    axes.set(xlim=(-0.02, 1.02), xlabel="probability", ylabel="predictions")
    axes.locator_params(axis="y", nbins=3, integer=True)
