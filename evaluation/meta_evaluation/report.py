"""The report of a benchmark: verdicts, figures, p-values and plots."""

from collections.abc import Iterator
from itertools import chain
from math import isnan

import numpy as np

from evaluation.meta_evaluation.analysis import Analysis
from evaluation.meta_evaluation.correlations import Comparison
from evaluation.meta_evaluation.run import Benchmark, Spread, analysis_fields
from evaluation.reporting.page import Section
from evaluation.reporting.run_report import RunReport, escaped, markdown_table
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
    return RunReport(
        subject="Metrics against people",
        name=benchmark.name,
        verdicts=[*verdicts, *spreads],
        notes=[*notes, *benchmark.notes],
        table=benchmark.table,
        findings={"findings": [analysis_fields(*pair) for pair in benchmark.pairs]},
        details=lambda: chain.from_iterable(map(_markdown_analysis, benchmark.analyses)),
        sections=lambda: chain.from_iterable(
            _sections(analysis, benchmark.signature) for analysis in benchmark.analyses
        ),
    )


def spread_words(spread: Spread) -> str:
    """Return in words what other seeds gave."""
    n = sum(times for _, times in spread.conclusions)
    least, most = spread.p
    p = (
        "no p-value"
        if isnan(least)
        else f"p of the best against the next {least:.4f} to {most:.4f}"
    )
    said = "; ".join(f"{times} times: {one}" for one, times in spread.conclusions)
    alike = "the same conclusion each time" if len(spread.conclusions) == 1 else said
    return f"over {n} seeds, {p}; {alike}"


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
    yield from ("", f"p that the row is no better than the column ({comparison.level} level,")
    yield from (f"{comparison.statistic}; {comparison.method}):", "")
    rows = [
        [str(comparison.cluster[i]), name]
        + ["" if i == j else _short(comparison.p[i, j]) for j in order]
        for i, name in zip(order, names, strict=True)
    ]
    yield from markdown_table(["cluster", "metric", *names], rows)


def _sections(finding: Analysis, signature: str) -> Iterator[Section]:
    from evaluation.reporting.plots import bars, heat_map
    from evaluation.reporting.scatter import scatter

    words = [f"{finding.verdict}.", *(f"{note}." for note in finding.notes)]
    yield Section(finding.title, words)
    for found in finding.comparisons.values():
        order = found.order
        named = [f"{found.cluster[i]}  {found.names[i]}" for i in order]
        what = f"{found.level} level, {found.statistic}"
        value, low, high = (one[order] for one in (found.values, found.low, found.high))
        caption = "A metric's number is its cluster: those of one are not told apart."
        drawing = bars(named, value, low, high, found.statistic)
        yield Section(f"{finding.title}: ranking, {what}", (), drawing, caption)
        names = [found.names[i] for i in order]
        sure = 1 - found.p[np.ix_(order, order)]
        drawing = heat_map(sure, names, names, "1 - p that the row is better than the column")
        yield Section(f"{finding.title}: significance, {what}", (), drawing, f"{found.method}.")
    best = found.names[found.order[0]]
    if len(finding.systems) > 1:
        points = (
            finding.scores[best],
            finding.human_by_system,
            finding.systems,
            best,
            finding.dimension,
        )
        caption = "The metric that is best at system level: a point is a system."
        yield Section(f"{finding.title}: systems by {best}", (), scatter(*points), caption)
    yield Section(f"{finding.title}: all figures", table=Table(finding.rows, signature))


def _cell(row: Row) -> str:
    if isnan(row.value):
        return "–"
    if row.low is None or row.high is None:
        return f"{row.value:.3f}"
    return f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"


def _short(p: float) -> str:
    return "–" if isnan(p) else f"{p:.4f}"


def _plain(text: str) -> str:
    """Return text that Markdown takes for text, on one line."""
    line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_|<>[]#" else letter for letter in line)
