"""Writes the scores of judges to `judges.csv`, beside those of other judges that it has."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from evaluation.data.judge_scores import COLUMNS
from evaluation.data.tabular import CSV, Columns
from evaluation.data.writers import writing

Scored = tuple[str, str, int, float]
"""A judge, a system, a segment from 1, and the score."""


def add_judges(path: Path, judges: Sequence[str], rows: Iterable[Scored]) -> None:
    """Write `rows`, the scores by `judges`, to a CSV file; scores by other judges there are kept.

    The file appears whole or not at all; older scores by `judges` are replaced.

    Raises:
        DataError: `path` exists and does not have the columns of `judges.csv`.
    """
    kept = list(_others(path, judges)) if path.exists() else []
    with writing(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([COLUMNS, *kept])
        writer.writerows((*row[:3], f"{row[3]:.6g}") for row in rows)
        text.detach()


def _others(path: Path, judges: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for _, cells in Columns(path, CSV).select(COLUMNS):
        if cells[0] not in judges:
            yield cells
