"""The configuration of a benchmark that is only a table of ratings: no YAML is written for it."""

from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path

from evaluation.config import Content
from evaluation.data.numbers import COMMA, PLAIN, Numbers
from evaluation.data.tabular import Columns
from evaluation.errors import InputError
from evaluation.records import DataError

SUFFIXES = frozenset({".csv", ".tsv"})
"""The endings of files that are read as tables of ratings."""

COLUMNS: Mapping[str, Sequence[str]] = {
    "segment": ("segment", "segment_id", "seg_id", "id", "item", "doc_id"),
    "system": ("system", "system_id", "model"),
    "rater": ("rater", "rater_id", "annotator", "worker"),
    "output": ("output", "hypothesis", "hyp", "text", "target", "mt", "summary"),
    "source": ("source", "src", "input"),
    "reference": ("reference", "ref"),
}
"""The headings by which a column is known, the first ones preferred.

With a number behind it, `reference` is one of several; and a `rater` is a column of ratings.
"""

QUALITY = "quality"
"""The name of the dimension that columns of raters judge."""

USUAL = ("chrf", "bleu")
"""The metrics that score texts where none is asked for and there are references."""


def table_content(path: Path, metrics: Sequence[str] = ()) -> Content:
    """Return the content of the configuration for a table of ratings, as its YAML would be.

    Columns are recognised by their headings (`COLUMNS`); every other column of numbers is a
    dimension of judgements.

    Args:
        path: the table; what it has columns for is read: texts, references, sources, raters.
        metrics: the metrics to score the texts by; by default `USUAL` where there are references.

    Raises:
        DataError: the table cannot be read, or lacks a column of segments or of numbers.
    """
    table = Columns(path)
    roles = _roles(table.names)
    if "segment" not in roles:
        raise _lacking(path, f"segments ({', '.join(COLUMNS['segment'])})", table.names)
    references = [name for name in table.names if _stem(name) in COLUMNS["reference"]]
    others = [name for name in table.names if name not in (*roles.values(), *references)]
    numbers, rated = _numeric(table, others)
    if not rated:
        raise _lacking(path, "ratings: numbers", table.names)
    axes = {"segment": roles["segment"], "system": roles.get("system")}
    judgements = {
        "form": "table",
        "path": path.name,
        "dimensions": _dimensions(rated),
        "rater": roles.get("rater"),
        "decimal": numbers.decimal,
        **axes,
    }
    texts = {
        "form": "table",
        "path": path.name,
        "output": roles.get("output"),
        "source": roles.get("source"),
        "references": references,
        **axes,
    }
    usual = USUAL if "output" in roles and references else ()
    return {
        "version": 1,
        "name": path.stem,
        "data": str(path.parent),
        "texts": texts if "output" in roles else None,
        "judgements": judgements,
        "metrics": list(metrics or usual),
    }


def score_table_content(path: Path) -> Content:
    """Return the entry of `scores` for a table of metrics' scores, with its columns recognised.

    Raises:
        DataError: the table cannot be read, or lacks a column of segments.
    """
    table = Columns(path)
    roles = _roles(table.names)
    if "segment" not in roles:
        raise _lacking(path, f"segments ({', '.join(COLUMNS['segment'])})", table.names)
    numbers, _ = _numeric(table, [n for n in table.names if n not in roles.values()])
    axes = {"segment": roles["segment"], "system": roles.get("system")}
    return {"path": str(path.absolute()), "decimal": numbers.decimal, **axes}


def _numeric(table: Columns, names: Sequence[str]) -> tuple[Numbers, list[str]]:
    """Return the columns of numbers, with decimal points or, if none has these, with commas."""
    if found := numeric_columns(table, names, PLAIN):
        return PLAIN, found
    return COMMA, numeric_columns(table, names, COMMA)


def numeric_columns(table: Columns, names: Sequence[str], numbers: Numbers) -> list[str]:
    """Return those of the columns `names` in which more cells are numbers than other text.

    A cell of them that is neither a number nor a missing one is an error where the column is read:
    it would be worse to leave out a column because of one cell.

    Raises:
        DataError: as `Columns.select`.
    """
    balance = dict.fromkeys(names, 0)
    for _, cells in table.select(names):
        for name, cell in zip(names, cells, strict=True):
            try:
                balance[name] += not isnan(numbers.parse(cell, name))
            except InputError:
                balance[name] -= 1
    return [name for name, ahead in balance.items() if ahead > 0]


def _roles(headings: Sequence[str]) -> dict[str, str]:
    """Return the heading of each role that the table has a column for."""
    by_name = {heading.strip().lower(): heading for heading in reversed(headings)}
    roles = {}
    for role, names in COLUMNS.items():
        if known := [by_name[name] for name in names if name in by_name]:
            roles[role] = known[0]
    roles.pop("reference", None)  # there may be several
    return roles


def _dimensions(columns: Sequence[str]) -> dict[str, list[str]]:
    """Return the columns of each dimension: those of raters are one, all others by themselves."""
    raters = [name for name in columns if _stem(name) in COLUMNS["rater"]]
    others = {name: [name] for name in columns if name not in raters}
    return {QUALITY: raters, **others} if raters else others


def _stem(heading: str) -> str:
    """Return a heading in lower case, without the number behind it."""
    return heading.strip().lower().rstrip("0123456789").rstrip("_- ")


def _lacking(path: Path, wanted: str, headings: Sequence[str]) -> DataError:
    return DataError(path, 1, f"no column of {wanted}; there are {', '.join(headings)}")
