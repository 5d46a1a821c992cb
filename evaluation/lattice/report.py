"""Writes a validation as three files: JSON, Markdown, and one HTML page with plots."""

from collections.abc import Iterator, Sequence
from math import isnan
from pathlib import Path

import numpy as np

from evaluation.data.writers import write_report
from evaluation.lattice.analysis import figure
from evaluation.lattice.experiment import LatticeScores
from evaluation.lattice.run import Validation
from evaluation.reporting.page import Section, page
from evaluation.reporting.plots import Series, bars, curves, heat_map
from evaluation.reporting.scatter import scatter
from evaluation.reporting.table import Row

_TYPES = 20  # the most frequent ones; a wider heat map is not legible


def write(folder: Path, validation: Validation) -> list[Path]:
    """Write JSON, Markdown and HTML into a folder, all rendered before the first is written.

    Raises:
        OSError: the folder cannot be written to.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    contents = validation.to_json(), markdown(validation), html(validation)
    return write_report(folder, *contents)


def markdown(validation: Validation) -> str:
    """Return the report as Markdown: a verdict on each metric, then all figures, by level."""
    lines = [f"# {_plain(validation.name)}", ""]
    lines += [f"- **{_plain(f.metric)}**: {_plain(f.verdict)}." for f in validation.summaries]
    lines += ["", f"{_size(validation)}.", "", *_noted(validation)]
    rows = list(validation.table.rows)
    for level in dict.fromkeys(row.level for row in rows):
        of_level = [row for row in rows if row.level == level]
        statistics = list(dict.fromkeys(row.statistic for row in of_level))
        by = {(row.name, row.statistic): row for row in of_level}
        lines += ["", f"## {_plain(level)}", ""]
        names = list(dict.fromkeys(row.name for row in of_level))
        lines += [f"| | {' | '.join(map(_plain, names))} |", "| --- |" + " --- |" * len(names)]
        for statistic in statistics:
            cells = [_cell(by.get((name, statistic))) for name in names]
            lines.append(f"| {_plain(statistic)} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"Signature `{validation.signature}`", ""])


def html(validation: Validation) -> str:
    """Return the report as one page that loads nothing.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    words = [f"{summary.metric}: {summary.verdict}." for summary in validation.summaries]
    notes = [f"Note: {note}." for note in validation.notes]
    sections = [Section("Results", (*words, f"{_size(validation)}.", *notes))]
    sections += _human_sections(validation)
    for scores in validation.result.by_source:
        sections += _sections(scores)
    sections.append(Section("All figures", table=validation.table))
    return page(f"Metrics without people: {validation.name}", sections, validation.signature)


def _sections(scores: LatticeScores) -> Iterator[Section]:
    of = f"{scores.source} source"
    for level, statistic, caption in (
        ("corpus", "spearman", "Rank correlation with the number of corrections by a system."),
        ("sentence", "tau, all pairs", "Whether the later of two texts on a chain scores higher."),
    ):
        rows = sorted(_rows(scores, level, statistic), key=_from_best)
        bounds = [_bound(row.low) for row in rows], [_bound(row.high) for row in rows]
        values = [row.value for row in rows]
        drawing = bars([row.name for row in rows], values, *bounds, statistic)
        yield Section(f"{level.capitalize()} level, {of}", (), drawing, caption)
    series = {name: Series(values) for name, values in scores.gains.items()}
    steps = range(max(len(gains) for gains in scores.gains.values()))
    drawing = curves(steps, series, "corrections made", "gain over the source, sd of a step")
    yield Section(
        f"Chains, {of}", (), drawing, "The mean gain of the texts of a chain after each correction."
    )
    if types := _grid(scores, "type"):
        caption = "Mean change by an edit of the type; a type with a change below 0 is punished."
        drawing = heat_map(*types, "mean change, in the metric's largest", centre=0)
        yield Section(f"Punished types, {of}", (), drawing, caption)
    if damage := _grid(scores, "damage"):
        caption = "Whether a text scores above its damaged versions."
        drawing = heat_map(*damage, "tau", centre=0)
        yield Section(f"Damage, {of}", (), drawing, caption)
    if more := _by_references(scores):
        drawing = curves(*more, "references per sentence", "tau, all pairs")
        yield Section(
            f"More references, {of}",
            (),
            drawing,
            "Sentence level, by the maximum number of references of a sentence.",
        )


def _human_sections(validation: Validation) -> Iterator[Section]:
    ranked = [row for row in validation.human_rows if row.name == "ranking of metrics"]
    people = {row.name: row.value for row in validation.human_rows if row not in ranked}
    for scores in validation.result.by_source if people else ():
        by_name = {row.name: row.value for row in _rows(scores, "corpus", "spearman")}
        names = [name for name in people if name in by_name]
        points = [people[name] for name in names], [by_name[name] for name in names], names
        words = [
            f"{row.statistic}: {figure(row)}." for row in ranked if scores.source in row.statistic
        ]
        drawing = scatter(*points, "agreement with people", "agreement with the lattice")
        caption = "Each point is a metric: its rank correlations with the ranking of systems by "
        caption += "people and with that by the lattice."
        yield Section(f"People and the lattice, {scores.source} source", words, drawing, caption)


def _grid(
    scores: LatticeScores, level: str
) -> tuple[list[list[float]], list[str], list[str]] | None:
    """Return the values of a level by metric and column; types relative to the largest change."""
    rows = [row for row in scores.rows if row.level == level and "adjacent" not in row.statistic]
    columns = list(dict.fromkeys(row.statistic for row in rows))[:_TYPES]
    names = list(dict.fromkeys(row.name for row in rows))
    by = {(row.name, row.statistic): row.value for row in rows}
    values = [[by.get((name, column), np.nan) for column in columns] for name in names]
    if level == "type":
        values = [_scaled(row) for row in values]
    return (values, names, [column.partition(":")[0] for column in columns]) if rows else None


def _scaled(values: Sequence[float]) -> list[float]:
    largest = max((abs(value) for value in values if not isnan(value)), default=0.0)
    return [value / largest if largest else value for value in values]


def _by_references(scores: LatticeScores) -> tuple[list[int], dict[str, Series]] | None:
    rows = [
        row for row in scores.rows if row.level == "references" and "all pairs" in row.statistic
    ]
    numbers = list(dict.fromkeys(int(row.statistic.split()[-3]) for row in rows))
    names = list(dict.fromkeys(row.name for row in rows))
    series = {
        name: Series(
            [row.value for row in rows if row.name == name],
            [_bound(row.low) for row in rows if row.name == name],
            [_bound(row.high) for row in rows if row.name == name],
        )
        for name in names
    }
    return (numbers, series) if rows else None


def _rows(scores: LatticeScores, level: str, statistic: str) -> list[Row]:
    return [row for row in scores.rows if (row.level, row.statistic) == (level, statistic)]


def _from_best(row: Row) -> tuple[bool, float]:
    return isnan(row.value), -row.value


def _bound(value: float | None) -> float:
    return np.nan if value is None else value


def _size(validation: Validation) -> str:
    size = validation.result
    return f"{size.sentences:,} sentences, {size.chains:,} chains, {size.texts:,} different texts"


def _noted(validation: Validation) -> list[str]:
    return [f"Note: {_plain(note)}.  " for note in validation.notes]


def _cell(row: Row | None) -> str:
    return "" if row is None else figure(row)


def _plain(text: str) -> str:
    """Return `text` on one line, with the characters that Markdown interprets escaped."""
    line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_|<>[]#" else letter for letter in line)
