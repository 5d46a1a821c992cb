"""Figures, drawn deterministically: a module for each kind of plot."""

from evaluation.reporting.plots.bars import bars
from evaluation.reporting.plots.calibration import calibration
from evaluation.reporting.plots.curves import Series, curves
from evaluation.reporting.plots.drawing import Drawing
from evaluation.reporting.plots.heat_map import heat_map
from evaluation.reporting.plots.rank_plot import rank_plot
from evaluation.reporting.plots.scatter import scatter

__all__ = ["Drawing", "Series", "bars", "calibration", "curves", "heat_map", "rank_plot", "scatter"]
