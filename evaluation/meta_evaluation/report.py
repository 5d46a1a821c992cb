"""The report of a benchmark: verdicts, figures, p-values and plots."""

from collections.abc import Iterator
from math import isnan
from typing import Any

import numpy as np

from evaluation.meta_evaluation.analysis import Analysis
from evaluation.meta_evaluation.correlations import Comparison
from evaluation.meta_evaluation.overview import overview
from evaluation.meta_evaluation.run import Benchmark, Spread, analysis_fields
from evaluation.reporting.figures_csv import Part
from evaluation.reporting.markdown import escaped, markdown_table
from evaluation.reporting.overview import Overview, overview_grid, overview_lines, sentence
from evaluation.reporting.page import Section
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Row, Table


def report(benchmark: Benchmark) -> RunReport:
    """Return the report of a benchmark."""
    verdicts = [f"{analysis.title}: {analysis.verdict}" for analysis in benchmark.analyses]
    notes = [f"{analysis.title}: {n}" for analysis in benchmark.analyses for n in analysis.notes]
    spreads = [
        f"{analysis.title}: {spread_words(spread)}"
        for analysis, spread in benchmark.pairs
        if spread
    ]
    compared = overview(benchmark.analyses)
    return RunReport(
        subject="Metrics against people",
        name=benchmark.name,
        verdicts=[*verdicts, *spreads],
        notes=[*notes, *benchmark.notes],
        table=benchmark.table,
        content={"findings": [_finding(benchmark, *pair) for pair in benchmark.pairs]},
        details=lambda: _markdown(benchmark, compared),
        sections=lambda: _all_sections(benchmark, compared),
        parts=[Part(a.rows, a.group, a.dimension) for a in benchmark.analyses],
        overview=compared,
    )


def _finding(benchmark: Benchmark, analysis: Analysis, spread: Spread | None) -> dict[str, Any]:
    """Return the JSON object of an analysis, with what had no partner in its dimension."""
    fields = analysis_fields(analysis, spread)
    if matching := benchmark.matching.get(analysis.dimension):
        fields["matching"] = matching.fields()
    return fields


def spread_words(spread: Spread) -> str:
    """Return a sentence on how the results vary over seeds."""
    n = sum(times for _, times in spread.conclusions)
    least, most = spread.p
    p = (
        "no p-value"
        if isnan(least)
        else f"p of the best against the next {least:.4f} to {most:.4f}"
    )
    counted = "; ".join(f"{times} times: {text}" for text, times in spread.conclusions)
    conclusions = "the same conclusion each time" if len(spread.conclusions) == 1 else counted
    return f"over {n} seeds, {p}; {conclusions}"


def _markdown(benchmark: Benchmark, compared: Overview) -> Iterator[str]:
    if len(benchmark.analyses) > 1:
        yield from ("## Overview", "", *overview_lines(compared.deciding), "")
    for analysis in benchmark.analyses:
        yield from _markdown_analysis(analysis)


def _markdown_analysis(analysis: Analysis) -> Iterator[str]:
    yield from (f"## {escaped(analysis.title)}", "", f"{escaped(analysis.verdict)}.", "")
    statistics = list(dict.fromkeys((row.level, row.statistic) for row in analysis.rows))
    for level in dict.fromkeys(level for level, _ in statistics):
        heads = [stem for of, stem in statistics if of == level]
        cells = {(r.name, r.statistic): _cell(r) for r in analysis.rows if r.level == level}
        names = dict.fromkeys(name for name, _ in cells)
        rows = [[name, *(cells.get((name, head), "–") for head in heads)] for name in names]
        yield from ("", *markdown_table([f"{level} level", *heads], rows))
    for comparison in analysis.comparisons.values():
        yield from _markdown_comparison(comparison)
    yield ""


def _markdown_comparison(comparison: Comparison) -> Iterator[str]:
    order = comparison.order
    names = [comparison.names[i] for i in order]
    what = f"{comparison.level} level, {comparison.statistic}; {comparison.method}"
    yield from (
        "",
        f"p-values of the row being better than the column, 1 where it is not ({what}):",
        "",
    )
    rows = [
        [str(comparison.cluster[i]), name]
        + ["" if i == j else _short(comparison.p[i, j]) for j in order]
        for i, name in zip(order, names, strict=True)
    ]
    yield from markdown_table(["cluster", "metric", *names], rows)


def _all_sections(benchmark: Benchmark, compared: Overview) -> Iterator[Section]:
    if len(benchmark.analyses) > 1:
        deciding = compared.deciding
        words = f"{sentence(deciding.legend('bold'))}."
        yield Section("Overview", [words], grid=overview_grid(deciding))
    for analysis in benchmark.analyses:
        yield from _sections(analysis, benchmark.signature)


def _sections(analysis: Analysis, signature: str) -> Iterator[Section]:
    from evaluation.reporting.plots import bars, heat_map, scatter

    words = [f"{analysis.verdict}.", *(f"{note}." for note in analysis.notes)]
    yield Section(analysis.title, words)
    for comparison in analysis.comparisons.values():
        order = comparison.order
        named = [f"{comparison.cluster[i]}  {comparison.names[i]}" for i in order]
        what = f"{comparison.level} level, {comparison.statistic}"
        bounds = comparison.values, comparison.low, comparison.high
        value, low, high = (array[order] for array in bounds)
        caption = "The number is the cluster; metrics of one cluster do not differ significantly."
        drawing = bars(named, value, low, high, comparison.statistic)
        yield Section(f"{analysis.title}: ranking, {what}", (), drawing, caption)
        names = [comparison.names[i] for i in order]
        sure = 1 - comparison.p[np.ix_(order, order)]
        drawing = heat_map(sure, names, names, "1 - p that the row is better than the column")
        yield Section(
            f"{analysis.title}: significance, {what}", (), drawing, f"{comparison.method}."
        )
    best = comparison.names[comparison.order[0]]
    if len(analysis.systems) > 1:
        points = (
            analysis.scores[best],
            analysis.human_by_system,
            analysis.systems,
            best,
            analysis.dimension,
        )
        caption = "The metric that is best at system level; each point is a system."
        yield Section(f"{analysis.title}: systems by {best}", (), scatter(*points), caption)
    yield Section(f"{analysis.title}: all figures", table=Table(analysis.rows, signature))


def _cell(row: Row) -> str:
    if isnan(row.value):
        return "–"
    if row.low is None or row.high is None:
        return f"{row.value:.3f}"
    return f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"


def _short(p: float) -> str:
    return "–" if isnan(p) else f"{p:.4f}"
