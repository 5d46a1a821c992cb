"""Reads the outputs of all systems in a table or folder as texts to be scored, each by itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from ensemble.candidates import Kind
from evaluation.data.layout import Layout
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_lines, read_outputs, read_parallel
from evaluation.data.tables import SUFFIXES
from evaluation.errors import DataError, InputError
from evaluation.metrics.base import Metric, Texts
from evaluation.metrics.correction import gold_from_references
from evaluation.reporting.table import Row, Table
from service.core.batch_combine import Note, kind_in
from service.core.reference_columns import is_column, with_references

WITH_GOLD = ("edits", "maxmatch")
"""The metrics of edits against gold edits."""

USUAL: Mapping[Kind, tuple[str, ...]] = {
    "edits": (*WITH_GOLD, "chrf", "bleu"),
    "texts": ("chrf", "bleu"),
    "labels": ("accuracy",),
}
"""The metrics of each kind of outputs against references."""

OPTION = "the --metric for"


def has_systems(path: Path) -> bool:
    """Return whether a path is a folder or a table of systems, and not the texts of one."""
    return path.is_dir() or path.suffix.lower() in SUFFIXES


def texts_by_system(
    path: Path, layout: Layout, source: str | None, gold: Path | None, references: Sequence[str]
) -> tuple[Layout, dict[str, Texts]]:
    """Return the layout of a table or folder, and the texts of each system to score.

    `source` and `references` are columns, or else files. A missing output is an empty text.

    Raises:
        DataError: a file cannot be read, or there is neither a column nor a file of a name.
    """
    sources = None
    if source is not None and is_column(path, source):
        layout = replace(layout, source=source)
    elif source is not None:
        sources = read_lines(source)
    layout, files = with_references(path, layout, references)
    segments = read_outputs(path, None, False, True, layout)
    if not segments:
        raise DataError(path, None, "has no segments")
    if sources is None and segments[0].has_source:
        sources = [segment.source for segment in segments]
    columns = read_parallel(files)
    rows = [list(row) for row in zip(*columns, strict=True)] if columns else None
    if rows is None and any(segment.references for segment in segments):
        rows = [list(segment.references) for segment in segments]
    annotated = read_m2(gold) if gold else None
    names = dict.fromkeys(chain.from_iterable(segment.hypotheses for segment in segments))
    return layout, {
        name: Texts([s.hypotheses.get(name) or "" for s in segments], sources, rows, annotated)
        for name in names
    }


def usual_metrics(path: Path, layout: Layout, texts: Texts, note: Note) -> list[str]:
    """Return the metrics of the kind of outputs, which is recognised.

    Raises:
        InputError: there is nothing to score against.
        ValueError: the kind is not clear.
    """
    if texts.references is None and texts.gold is None:
        message = "no reference to score against: give --gold, --reference or a --metric"
        raise InputError("missing-input", message)
    kind = "edits" if texts.gold else kind_in(path, None, None, note, OPTION, layout)
    if kind == "edits" and texts.references is None:
        return list(WITH_GOLD)
    return list(USUAL[kind])


def with_gold(systems: Mapping[str, Texts], metrics: Sequence[Metric]) -> dict[str, Texts]:
    """Return the texts with the edits that references make of sources, where a metric needs them.

    They are computed once for all systems, whose sources and references are the same.
    """
    first = next(iter(systems.values()))
    is_needed = any("gold" in metric.needs for metric in metrics)
    if not is_needed or first.gold or first.sources is None or first.references is None:
        return dict(systems)
    gold = gold_from_references(first.sources, first.references)
    return {name: replace(texts, gold=gold) for name, texts in systems.items()}


def joined(tables: Mapping[str, Table]) -> Table:
    """Return one table of the figures of several systems; one system's as they are."""
    if len(tables) == 1:
        return next(iter(tables.values()))
    signatures = dict.fromkeys(table.signature for table in tables.values())
    rows = [row for system, table in tables.items() for row in _of_system(system, table.rows)]
    return Table(rows, " ".join(signatures))


def _of_system(system: str, rows: Sequence[Row]) -> Iterator[Row]:
    for row in rows:
        is_main = row.statistic == row.name
        statistic = row.statistic if is_main else f"{row.name} {row.statistic}"
        yield replace(row, name=system, statistic=statistic)
