"""The overview of a benchmark: metrics by dimensions and levels, by the deciding statistics."""

from collections.abc import Iterable

import numpy as np

from evaluation.meta_evaluation.analysis import Analysis
from evaluation.meta_evaluation.correlations import Comparison
from evaluation.reporting.overview import Cell, Column, Overview


def overview(analyses: Iterable[Analysis]) -> Overview:
    """Return the overview of several analyses, with a column for each of their levels."""
    analyses = list(analyses)
    columns = [
        _column(analysis, comparison)
        for analysis in analyses
        for comparison in analysis.comparisons.values()
    ]
    names = [name for a in analyses for c in a.comparisons.values() for name in c.names]
    baselines = [name for analysis in analyses for name in analysis.baselines]
    return Overview(columns, list(dict.fromkeys(names)), list(dict.fromkeys(baselines)))


def _column(analysis: Analysis, comparison: Comparison) -> Column:
    figures = comparison.values, comparison.low, comparison.high
    best = (comparison.cluster == 1) & ~np.isnan(comparison.values)
    cells = {
        name: Cell(float(value), float(low), float(high), bool(is_best), float(p))
        for name, value, low, high, is_best, p in zip(
            comparison.names, *figures, best, comparison.p_of_best, strict=True
        )
    }
    place = comparison.level, comparison.statistic
    cells |= {
        row.name: Cell(row.value, _known(row.low), _known(row.high))
        for row in analysis.rows
        if row.name in analysis.baselines and (row.level, row.statistic) == place
    }
    decides = comparison is analysis.decisive
    return Column(analysis.title, *place, comparison.method, decides, cells)


def _known(bound: float | None) -> float:
    return float("nan") if bound is None else bound
