"""Reads the scores that people gave outputs, and rated sentences, from CSV.

Every fault in the data is a `DataError` that names the file and, where there is one, the line.
"""

from math import isnan
from pathlib import Path

from evaluation.data.numbers import PLAIN
from evaluation.data.tabular import CSV, Columns
from evaluation.records import DataError

SCORED = ("system", "segment", "score")
"""The columns of a table of scores."""


def read_scores(path: Path | str, columns: Columns | None = None) -> dict[tuple[str, int], float]:
    """Read human scores from CSV, or from other `columns`, called `system,segment,score`.

    Segments count from 1; higher is better. Rows may be missing, or without a score.

    Raises:
        DataError: a column is missing, a segment or score is not a number, or a segment of a
            system is scored twice.
    """
    scores: dict[tuple[str, int], float] = {}
    for line, (system, segment, cell) in (columns or Columns(path, CSV)).select(SCORED):
        try:
            number, score = _scored(segment, cell)
        except ValueError as error:
            raise DataError(path, line, str(error)) from None
        if (system, number) in scores:
            raise DataError(path, line, f"{system} is scored twice on segment {number}")
        if score is not None:
            scores[system, number] = score
    return scores


def read_ratings(path: Path | str) -> list[tuple[str, float]]:
    """Read rated sentences from CSV with the columns `sentence,label`.

    Raises:
        DataError: a column or all rows are missing, or a row has an empty sentence or a label
            that is not a finite number.
    """
    ratings = []
    for line, (sentence, label) in Columns(path, CSV).select(["sentence", "label"]):
        try:
            ratings.append((sentence, _label(sentence, label)))
        except ValueError as error:
            raise DataError(path, line, str(error)) from None
    if not ratings:
        raise DataError(path, None, "has no sentence")
    return ratings


def read_rated_pairs(path: Path | str) -> list[tuple[tuple[str, str], float]]:
    """Read sources with rated texts from CSV with the columns `source,sentence,label`.

    Raises:
        DataError: as `read_ratings`; a source may be empty.
    """
    rows = Columns(path, CSV).select(["source"])
    sources = [source for _, (source,) in rows]
    ratings = read_ratings(path)
    return [((s, text), label) for s, (text, label) in zip(sources, ratings, strict=True)]


def has_sources(path: Path | str) -> bool:
    """Return whether a CSV file of rated texts has the column `source`.

    Raises:
        DataError: it cannot be read.
    """
    return Columns(path, CSV).has("source")


def _label(sentence: str, label: str) -> float:
    if not sentence.strip():
        raise ValueError("the sentence is empty")
    value = PLAIN.parse(label, "label")
    if isnan(value):
        raise ValueError(f"label {label!r} is not a number")
    return value


def _scored(segment: str, cell: str) -> tuple[int, float | None]:
    if not segment.strip().isdecimal() or int(segment) < 1:
        raise ValueError(f"segment {segment!r} is not a whole number from 1")
    score = PLAIN.parse(cell, "score")
    return int(segment), None if isnan(score) else score
