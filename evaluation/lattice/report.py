"""The report of a validation: verdicts, figures level by level, and plots."""

from collections.abc import Iterator, Sequence
from math import isnan

import numpy as np

from evaluation.lattice.analysis import figure
from evaluation.lattice.experiment import LatticeScores
from evaluation.lattice.run import Validation
from evaluation.reporting.markdown import escaped, markdown_table
from evaluation.reporting.page import Section
from evaluation.reporting.plots import Series, bars, curves, heat_map, scatter
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Row

_TYPES = 20  # the most frequent ones; a wider heat map is not legible


def report(validation: Validation) -> RunReport:
    """Return the report of a validation."""
    return RunReport(
        subject="Metrics without people",
        name=validation.name,
        verdicts=list(_verdicts(validation)),
        notes=validation.notes,
        table=validation.table,
        content=validation.fields(),
        details=lambda: _markdown(validation.table.rows),
        sections=lambda: _all_sections(validation),
    )


def _verdicts(validation: Validation) -> Iterator[str]:
    yield from (f"{summary.metric}: {summary.verdict}" for summary in validation.summaries)
    for (source, name, level, statistic), (least, largest) in validation.spreads.items():
        figures = f"{least:.3f} to {largest:.3f} over seeds"
        yield f"{name}, {level} {statistic}, {source} source: {figures}"
    size = validation.result
    yield f"{size.sentences:,} sentences, {size.chains:,} chains, {size.texts:,} different texts"


def _markdown(rows: Sequence[Row]) -> Iterator[str]:
    """Yield all figures, level by level, with a column for each metric."""
    for level in dict.fromkeys(row.level for row in rows):
        cells = {(r.name, r.statistic): figure(r) for r in rows if r.level == level}
        names = list(dict.fromkeys(name for name, _ in cells))
        lines = [
            [statistic, *(cells.get((name, statistic), "") for name in names)]
            for statistic in dict.fromkeys(statistic for _, statistic in cells)
        ]
        yield from (f"## {escaped(level)}", "", *markdown_table(["", *names], lines), "")


def _all_sections(validation: Validation) -> Iterator[Section]:
    yield from _human_sections(validation)
    for climb in validation.result.by_source:
        yield from _sections(climb)
    yield Section("All figures", table=validation.table)


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
