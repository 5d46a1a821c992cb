"""Writes a benchmark as three files: JSON, Markdown, and one HTML page with plots."""

from collections.abc import Iterator, Sequence
from math import isnan
from pathlib import Path

import numpy as np

from evaluation.data.writers import write_report
from evaluation.meta_evaluation.analysis import Analysis
from evaluation.meta_evaluation.correlations import Comparison
from evaluation.meta_evaluation.run import Benchmark, Spread
from evaluation.reporting.page import Section, page
from evaluation.reporting.table import Row, Table


def write(folder: Path, benchmark: Benchmark) -> list[Path]:
    """Write JSON, Markdown and HTML into a folder, all rendered before the first is written.

    Raises:
        OSError: the folder cannot be written to.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    contents = benchmark.to_json(), markdown(benchmark), html(benchmark)
    return write_report(folder, *contents)


def markdown(benchmark: Benchmark) -> str:
    """Return the report as Markdown: verdicts first, then the figures and p-values of each."""
    lines = [f"# {_plain(benchmark.name)}", ""]
    lines += [f"- **{_plain(a.title)}**: {_plain(a.verdict)}" for a in benchmark.analyses]
    lines += ["", *(f"Note: {_plain(note)}.  " for note in benchmark.notes)]
    for analysis, spread in _pairs(benchmark):
        lines += ["", f"## {_plain(analysis.title)}", "", *_markdown_analysis(analysis), ""]
        lines += [f"{_plain(spread_words(spread))}.", ""] if spread else []
    return "\n".join([*lines, f"Signature `{benchmark.signature}`", ""])


def html(benchmark: Benchmark) -> str:
    """Return the report as one page that loads nothing.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    verdicts = [f"{a.title}: {a.verdict}." for a in benchmark.analyses]
    sections = [Section("Metrics to use", (*verdicts, *(f"Note: {n}." for n in benchmark.notes)))]
    for analysis, spread in _pairs(benchmark):
        sections += _sections(analysis, spread, benchmark.signature)
    return page(f"Metrics against people: {benchmark.name}", sections, benchmark.signature)


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


def _pairs(benchmark: Benchmark) -> Iterator[tuple[Analysis, Spread | None]]:
    spreads: Sequence[Spread | None] = benchmark.spreads or [None] * len(benchmark.analyses)
    return zip(benchmark.analyses, spreads, strict=True)


def _markdown_analysis(analysis: Analysis) -> Iterator[str]:
    yield f"{_plain(analysis.verdict)}."
    yield from ("", *(f"- {_plain(note)}" for note in analysis.notes)) if analysis.notes else ()
    statistics = list(dict.fromkeys((row.level, row.statistic) for row in analysis.rows))
    for level in dict.fromkeys(level for level, _ in statistics):
        heads = [stem for of, stem in statistics if of == level]
        rows = [row for row in analysis.rows if row.level == level]
        yield from ("", f"| {level} level | {' | '.join(map(_plain, heads))} |")
        yield "| --- |" + " --- |" * len(heads)
        for name in dict.fromkeys(row.name for row in rows):
            by_head = {row.statistic: row for row in rows if row.name == name}
            yield f"| {_plain(name)} | {' | '.join(_cell(by_head.get(head)) for head in heads)} |"
    for comparison in analysis.comparisons.values():
        yield from _markdown_comparison(comparison)


def _markdown_comparison(comparison: Comparison) -> Iterator[str]:
    order = comparison.order
    names = [_plain(comparison.names[i]) for i in order]
    what = f"{comparison.level} level, {comparison.statistic}; {comparison.method}"
    yield from ("", f"One-sided p-values that the row is better than the column ({what}):")
    yield from ("", f"| cluster | metric | {' | '.join(names)} |")
    yield "| --- | --- |" + " --- |" * len(names)
    for i, name in zip(order, names, strict=True):
        cells = ["" if i == j else _short(comparison.p[i, j]) for j in order]
        yield f"| {comparison.cluster[i]} | {name} | {' | '.join(cells)} |"


def _sections(analysis: Analysis, spread: Spread | None, signature: str) -> Iterator[Section]:
    from evaluation.reporting.plots import bars, heat_map
    from evaluation.reporting.scatter import scatter

    words = [f"{analysis.verdict}.", *(f"{note}." for note in analysis.notes)]
    words += [f"{spread_words(spread)}."] if spread else []
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


def _cell(row: Row | None) -> str:
    if row is None or isnan(row.value):
        return "–"
    if row.low is None or row.high is None:
        return f"{row.value:.3f}"
    return f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"


def _short(p: float) -> str:
    return "–" if isnan(p) else f"{p:.4f}"


def _plain(text: str) -> str:
    """Return `text` on one line, with the characters that Markdown interprets escaped."""
    line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_|<>[]#" else letter for letter in line)
