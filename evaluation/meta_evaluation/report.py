"""A benchmark as three files one can act on: JSON, Markdown, and one HTML page with plots."""

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
    """Write JSON, Markdown and HTML into a folder, all made before the first is written.

    Raises:
        OSError: the folder cannot be written to.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    made = (benchmark.to_json(), markdown(benchmark), html(benchmark))
    return write_report(folder, *made)


def markdown(benchmark: Benchmark) -> str:
    """Return the report as Markdown: verdicts first, then figures and p-values of each."""
    lines = [f"# {_plain(benchmark.name)}", ""]
    lines += [f"- **{_plain(one.title)}**: {_plain(one.verdict)}" for one in benchmark.analyses]
    lines += ["", *(f"Note: {_plain(note)}.  " for note in benchmark.notes)]
    for finding, spread in _pairs(benchmark):
        lines += ["", f"## {_plain(finding.title)}", "", *_markdown_finding(finding), ""]
        lines += [f"{_plain(spread_words(spread))}.", ""] if spread else []
    return "\n".join([*lines, f"Signature `{benchmark.signature}`", ""])


def html(benchmark: Benchmark) -> str:
    """Return the report as one page that loads nothing.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    verdicts = [f"{one.title}: {one.verdict}." for one in benchmark.analyses]
    sections = [Section("What to use", (*verdicts, *(f"Note: {n}." for n in benchmark.notes)))]
    for finding, spread in _pairs(benchmark):
        sections += _sections(finding, spread, benchmark.signature)
    return page(f"Metrics against people: {benchmark.name}", sections, benchmark.signature)


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


def _pairs(benchmark: Benchmark) -> Iterator[tuple[Analysis, Spread | None]]:
    spreads: Sequence[Spread | None] = benchmark.spreads or [None] * len(benchmark.analyses)
    return zip(benchmark.analyses, spreads, strict=True)


def _markdown_finding(finding: Analysis) -> Iterator[str]:
    yield f"{_plain(finding.verdict)}."
    yield from ("", *(f"- {_plain(note)}" for note in finding.notes)) if finding.notes else ()
    statistics = list(dict.fromkeys((row.level, row.statistic) for row in finding.rows))
    for level in dict.fromkeys(level for level, _ in statistics):
        heads = [stem for of, stem in statistics if of == level]
        rows = [row for row in finding.rows if row.level == level]
        yield from ("", f"| {level} level | {' | '.join(map(_plain, heads))} |")
        yield "| --- |" + " --- |" * len(heads)
        for name in dict.fromkeys(row.name for row in rows):
            own = {row.statistic: row for row in rows if row.name == name}
            yield f"| {_plain(name)} | {' | '.join(_cell(own.get(head)) for head in heads)} |"
    for found in finding.comparisons.values():
        yield from _markdown_comparison(found)


def _markdown_comparison(found: Comparison) -> Iterator[str]:
    order = found.order
    names = [_plain(found.names[i]) for i in order]
    yield from ("", f"p that the row is no better than the column ({found.level} level,")
    yield f"{found.statistic}; {found.method}):"
    yield from ("", f"| cluster | metric | {' | '.join(names)} |")
    yield "| --- | --- |" + " --- |" * len(names)
    for i, name in zip(order, names, strict=True):
        cells = ["" if i == j else _short(found.p[i, j]) for j in order]
        yield f"| {found.cluster[i]} | {name} | {' | '.join(cells)} |"


def _sections(finding: Analysis, spread: Spread | None, signature: str) -> Iterator[Section]:
    from evaluation.reporting.plots import bars, heat_map
    from evaluation.reporting.scatter import scatter

    words = [f"{finding.verdict}.", *(f"{note}." for note in finding.notes)]
    words += [f"{spread_words(spread)}."] if spread else []
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


def _cell(row: Row | None) -> str:
    if row is None or isnan(row.value):
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
