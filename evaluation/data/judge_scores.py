"""Reads the scores of judges: how good each finds the outputs of systems, on a scale of its own.

A judge is anything that scores outputs without references: a language model, a quality estimator, a
reward model, a log-probability. Higher is better; a score may be missing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import cast

from evaluation.data.numbers import PLAIN
from evaluation.data.tabular import CSV, Columns
from evaluation.errors import InputError
from evaluation.records import DataError, Scores, Segment

FILE = "judges.csv"
"""The file of scores in a folder of outputs."""

MOST_JUDGES = 32
"""Judges of one segment."""

LARGEST = 1e12
"""The largest score, and with a minus the smallest: sums of squares must stay finite."""

COLUMNS = ("judge", "system", "segment", "score")
"""The columns of that file."""

BySegment = dict[int, dict[str, dict[str, float]]]
"""Scores by segment, from 1, judge and system."""


def check_scores(scores: Mapping[str, object], systems: Collection[str]) -> Scores:
    """Return the scores of one segment that are sound; a score that is null is left out.

    Raises:
        InputError: there are more than `MOST_JUDGES`, a judge has no name or scores none of
            `systems` but another, or a score is not a number of at most `LARGEST`.
    """
    _check_count(len(scores))
    return {judge: _of_judge(judge, given, systems) for judge, given in scores.items()}


def given_scores(scores: Mapping[str, Mapping[str, float | None]]) -> Scores:
    """Return `scores` without those that are null."""
    return {
        judge: {name: score for name, score in given.items() if score is not None}
        for judge, given in scores.items()
    }


def chosen_scores(scores: Scores, systems: Collection[str]) -> Scores:
    """Return those of `scores` that are of outputs of `systems`."""
    return {
        judge: {name: score for name, score in given.items() if name in systems}
        for judge, given in scores.items()
    }


def _check_count(judges: int) -> None:
    if judges > MOST_JUDGES:
        raise InputError("too-large", f"has {judges} judges; the limit is {MOST_JUDGES}")


def _of_judge(judge: str, given: object, systems: Collection[str]) -> dict[str, float]:
    if not judge.strip():
        raise InputError("invalid-data", "has a judge whose name is blank")
    if not isinstance(given, Mapping):
        fault = f"gives for the judge {judge!r} no object with a score for each system"
        raise InputError("invalid-data", fault)
    if unknown := [name for name in given if name not in systems]:
        listed = ", ".join(systems) or "none"
        fault = f"has a score by {judge!r} of {unknown[0]!r}, which has no output here: {listed}"
        raise InputError("unknown-name", fault)
    return {n: _number(judge, n, score) for n, score in given.items() if score is not None}


def _number(judge: str, system: str, score: object) -> float:
    is_number = isinstance(score, int | float) and not isinstance(score, bool)
    if not is_number or not abs(cast(float, score)) <= LARGEST:  # not NaN either
        fault = f"has the score {score!r} by {judge!r} of {system!r}; it should be a number"
        raise InputError("out-of-range", f"{fault} from -{LARGEST:g} to {LARGEST:g}")
    return float(cast(float, score))


def read_judges(folder: Path, systems: Collection[str], segments: int) -> BySegment:
    """Read the scores of outputs in `judges.csv` of a folder: `judge,system,segment,score`.

    Segments count from 1, to `segments`. Rows may be missing, or without a score; so may the file.

    Raises:
        DataError: a column is missing; a system is not one of `systems`, a segment or score is not
            such a number; a judge scores an output twice, or there are more than `MOST_JUDGES`.
    """
    scores: BySegment = {}
    path = folder / FILE
    for line, cells in Columns(path, CSV).select(COLUMNS) if path.exists() else ():
        try:
            _add(scores, cells, systems, segments)
        except InputError as error:
            raise DataError(path, line, str(error)) from None
    return scores


def _add(scores: BySegment, cells: Sequence[str], systems: Collection[str], segments: int) -> None:
    judge, system, segment, cell = cells
    number = _segment(segment, segments)
    given = scores.setdefault(number, {})
    if system in given.setdefault(judge, {}):
        raise InputError("invalid-data", f"{judge} scores {system} twice on segment {number}")
    _check_count(len(given))
    given[judge] |= _of_judge(judge, {system: _score(cell)}, systems)


def _score(cell: str) -> float | None:
    score = PLAIN.parse(cell, "score")
    return None if isnan(score) else score


def _segment(cell: str, segments: int) -> int:
    number = int(cell) if cell.strip().isdecimal() else 0
    if not 1 <= number <= segments:
        fault = f"segment {cell!r} is not a whole number from 1 to {segments}, the last"
        raise InputError("invalid-data", fault)
    return number


def recuse(segment: Segment) -> Segment:
    """Return the segment without the scores that judges gave their own outputs, by name."""
    if not any(judge in given for judge, given in segment.scores.items()):
        return segment
    others = {
        judge: {name: score for name, score in given.items() if name != judge}
        for judge, given in segment.scores.items()
    }
    return replace(segment, scores=others)


def recused(segments: Iterable[Segment], wanted: bool = True) -> Iterator[Segment]:
    """Yield each of `segments`, with judges recused where that is `wanted`."""
    yield from map(recuse, segments) if wanted else segments
