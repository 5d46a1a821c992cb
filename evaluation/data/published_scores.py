"""Reads the scores of people as they are published, in a layout that is told by the file itself."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evaluation.data.esa import FIELDS, read_esa
from evaluation.data.human_scores import SCORED, read_scores
from evaluation.data.judgements import Judgements, read_judgements
from evaluation.data.layout import listed
from evaluation.data.mqm import read_mqm
from evaluation.data.segment_ids import canonical
from evaluation.data.segment_scores import read_segment_scores
from evaluation.data.table_lines import table_lines
from evaluation.data.tables import check_text
from evaluation.data.tabular import CSV, Columns
from evaluation.records import DataError

LAYOUTS = (
    "a CSV of system,segment,score; MQM (system, rater, category, severity, a row for each error); "
    "ESA as Appraise exports it; averages (system, seg_id and a column whose name has `score`); "
    "or a .seg.score file of a system and a score on each line"
)
"""The layouts, as errors name them."""

_MQM = ("system", "rater", "category", "severity")
_SYSTEMS = ("system", "sys", "system_id", "model")
_SEGMENTS = ("segment", "globalSegId", "seg_id", "segment_id", "sid", "seg")
_ESA_TYPES = ("TGT", "BAD", "REF", "CHK", "TUT")


class Published(NamedTuple):
    """Scores by system and segment, from 1; higher is better. `form` names the layout."""

    form: str
    scores: Mapping[tuple[str, int], float]


def read_published(path: Path) -> Published:
    """Return the mean score over raters of each output that has one.

    Segments count from 1, unless one of them is 0: then all count from 0.

    Raises:
        DataError: the file has none of `LAYOUTS`, or as the reader of its layout; or the segments
            are not numbers.
    """
    check_text(path)
    columns = _columns(path)
    if all(map(columns.has, SCORED)):
        return Published("scores", read_scores(path, columns))
    for form, read in _readers(path, columns):
        return Published(form, _by_number(path, read()))
    lacking = ", ".join(name for name in sorted(SCORED) if not columns.has(name))
    there = listed(columns.names)
    raise DataError(path, 1, f"no column {lacking}; there are {there}; read are {LAYOUTS}")


def _columns(path: Path) -> Columns:
    """Return the table; of cells between white space where other separators find one column."""
    separator = CSV if path.suffix.lower() != ".tsv" else None
    columns = Columns(path, separator)
    is_spaced = len(columns.names) == 1 and len(columns.names[0].split()) > 1
    return Columns(path, " ") if is_spaced else columns


def _readers(path: Path, columns: Columns) -> Iterator[tuple[str, Callable[[], Judgements]]]:
    """Yield the layout and the reader of the file, if it has one of them."""
    first = next(csv.reader([next(table_lines(path), "")]), [])
    if all(map(columns.has, _MQM)):
        yield "MQM", lambda: read_mqm([path])
    if len(first) >= len(FIELDS.split(",")) and first[3] in _ESA_TYPES:
        yield "ESA", lambda: read_esa([path])
    system, segment = (_first(columns, names) for names in (_SYSTEMS, _SEGMENTS))
    score = [name for name in columns.names if "score" in name.casefold()]
    if system and segment and len(score) == 1:
        separator = columns.separator
        yield "averages", lambda: read_judgements(path, score, system, segment, None, separator)
    if path.name.endswith("seg.score"):
        yield "segment scores", lambda: read_segment_scores(path)


def _first(columns: Columns, names: Sequence[str]) -> str | None:
    return next((name for name in names if columns.has(name)), None)


def _by_number(path: Path, judgements: Judgements) -> dict[tuple[str, int], float]:
    ids = list(map(canonical, judgements.segments))
    if odd := [name for name in ids if not name.isdecimal()]:
        fault = f"the segment {odd[0]!r} is not a whole number from 1, as in {LAYOUTS}"
        raise DataError(path, None, fault)
    numbers = np.array(ids, dtype=np.int64)
    numbers += 0 in numbers
    means = judgements.mean
    return {
        (name, int(number)): float(means[i, j])
        for i, name in enumerate(judgements.systems)
        for j, number in enumerate(numbers)
        if not np.isnan(means[i, j])
    }
