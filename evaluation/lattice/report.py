"""The report of a validation: verdicts, figures level by level, and plots."""

from collections.abc import Iterator, Sequence
from math import isnan

import numpy as np

from evaluation.lattice.analysis import figure
from evaluation.lattice.experiment import LatticeScores
from evaluation.lattice.run import Validation
from evaluation.reporting.page import Section
from evaluation.reporting.plots import Series, bars, curves, heat_map
from evaluation.reporting.run_report import RunReport, escaped, markdown_table
from evaluation.reporting.scatter import scatter
from evaluation.reporting.table import Row

_TYPES = 20  # the commonest: a wider heat map cannot be read


def report(validation: Validation) -> RunReport:
    """Return the report of a validation."""
    return RunReport(
        subject="Metrics without people",
        name=validation.name,
        verdicts=list(_verdicts(validation)),
        notes=validation.notes,
        table=validation.table,
        findings=validation.fields(),
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


def _sections(climb: LatticeScores) -> Iterator[Section]:
    of = f"{climb.source} source"
    for level, statistic, caption in (
        ("corpus", "spearman", "Rank correlation with how many corrections a system made."),
        ("sentence", "tau, all pairs", "Of two texts on a chain, is the later one above?"),
    ):
        rows = sorted(_rows(climb, level, statistic), key=_from_best)
        bounds = [_bound(row.low) for row in rows], [_bound(row.high) for row in rows]
        values = [row.value for row in rows]
        drawing = bars([row.name for row in rows], values, *bounds, statistic)
        yield Section(f"{level.capitalize()} level, {of}", (), drawing, caption)
    series = {name: Series(values) for name, values in climb.gains.items()}
    steps = range(max(len(one) for one in climb.gains.values()))
    drawing = curves(steps, series, "corrections made", "gain over the source, sd of a step")
    yield Section(
        f"Chains, {of}", (), drawing, "The mean text of a chain, correction by correction."
    )
    if types := _grid(climb, "type"):
        caption = "Mean change where an edit of a type was made last; below 0 it is punished."
        drawing = heat_map(*types, "mean change, in the metric's largest", centre=0)
        yield Section(f"What is punished, {of}", (), drawing, caption)
    if damage := _grid(climb, "damage"):
        caption = "Is a text above what was made of it by damage?"
        drawing = heat_map(*damage, "tau", centre=0)
        yield Section(f"Damage, {of}", (), drawing, caption)
    if more := _by_references(climb):
        drawing = curves(*more, "references a sentence", "tau, all pairs")
        yield Section(
            f"More references, {of}",
            (),
            drawing,
            "Sentence level, by how many references a sentence has at most.",
        )


def _human_sections(validation: Validation) -> Iterator[Section]:
    ranked = [row for row in validation.human_rows if row.name == "ranking of metrics"]
    people = {row.name: row.value for row in validation.human_rows if row not in ranked}
    for climb in validation.result.by_source if people else ():
        found = {row.name: row.value for row in _rows(climb, "corpus", "spearman")}
        names = [name for name in people if name in found]
        points = [people[name] for name in names], [found[name] for name in names], names
        words = [
            f"{row.statistic}: {figure(row)}." for row in ranked if climb.source in row.statistic
        ]
        drawing = scatter(*points, "agreement with people", "agreement with the lattice")
        caption = "A point is a metric: its rank correlation with people's ranking of systems, and"
        caption += " with that of the lattice."
        yield Section(f"People and the lattice, {climb.source} source", words, drawing, caption)


def _grid(
    climb: LatticeScores, level: str
) -> tuple[list[list[float]], list[str], list[str]] | None:
    """Return a metric's rows of one level side by side, types in its largest change."""
    rows = [row for row in climb.rows if row.level == level and "adjacent" not in row.statistic]
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


def _by_references(climb: LatticeScores) -> tuple[list[int], dict[str, Series]] | None:
    rows = [row for row in climb.rows if row.level == "references" and "all pairs" in row.statistic]
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


def _rows(climb: LatticeScores, level: str, statistic: str) -> list[Row]:
    return [row for row in climb.rows if (row.level, row.statistic) == (level, statistic)]


def _from_best(row: Row) -> tuple[bool, float]:
    return isnan(row.value), -row.value


def _bound(value: float | None) -> float:
    return np.nan if value is None else value
