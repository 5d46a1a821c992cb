"""Reads the scores of a judge and of people, and matches them by system and segment."""

from dataclasses import dataclass
from math import isnan
from pathlib import Path

import numpy as np

from evaluation.certificate.judge_scores import MOST_ITEMS, JudgeScores
from evaluation.certificate.pairs import (
    judge_preferences,
    judge_scores,
    people_preferences,
    people_scores,
)
from evaluation.data.judgements import Judgements, read_judgements
from evaluation.data.keyed_rows import ALONE, keyed_rows
from evaluation.data.numbers import PLAIN
from evaluation.data.preference_tables import is_preferences
from evaluation.data.tabular import Columns
from evaluation.errors import InputError
from evaluation.meta_evaluation.dataset import Dataset
from evaluation.meta_evaluation.matching import match
from evaluation.meta_evaluation.options import UNMATCHED_TOLERANCE
from evaluation.meta_evaluation.unmatched import EXAMPLES, Unmatched, Words
from evaluation.records import DataError
from evaluation.types import Array

MOST_ROWS = 2_000_000
"""Rows of a table of a judge's scores."""

NAMED = ("judge", "family")
NUMBERED = ("position", "length")
"""The columns that a table of a judge's scores may have beside system, segment and score."""

WORDS = Words("labels", "score")


@dataclass(frozen=True, eq=False)
class Matched:
    """A judge beside people, whose scores of its items have the shape (raters, systems, segments).

    `notes` are on labels of items that the judge did not score, which are left out.
    """

    scores: JudgeScores
    raters: tuple[str, ...]
    human: Array
    notes: tuple[str, ...]


def read_matched(
    judge: Path,
    human: Path,
    name: str | None,
    rater: str | None,
    tolerance: float = UNMATCHED_TOLERANCE,
) -> Matched:
    """Read both tables, and match their items as `meta_evaluation.matching.match` does.

    Args:
        judge: the table of a judge's scores; see `read_judge`.
        human: a table for `judgements.read_judgements`; or both are tables of preferences, for
            `preference_tables.read_preferences`.
        name: the judge, where there are several.
        rater: the column of people's names.
        tolerance: the share of the labels that may be of items without a score.

    Raises:
        DataError: as `read_judge` and `read_judgements`; or one table has a column of systems and
            the other does not.
        InputError: the tables have no system in common, or too many labels find no score.
    """
    if is_preferences(judge) or is_preferences(human):
        return _matched_pairs(judge, human, name, rater, tolerance)
    scores = read_judge(judge, name)
    has_systems = Columns(human).has("system")
    if has_systems == (scores.systems == (ALONE,)):
        lacking = judge if has_systems else human
        raise DataError(lacking, 1, "has no column system, which the other table has")
    people = read_judgements(human, system="system" if has_systems else None, rater=rater)
    return _common(scores, people, human, tolerance)


def _matched_pairs(
    judge: Path, human: Path, name: str | None, rater: str | None, tolerance: float
) -> Matched:
    """Return preferences of both as scores of pairs of systems."""
    for table, other in ((judge, human), (human, judge)):
        if not is_preferences(table):
            raise DataError(table, 1, f"has no columns of preferences, which {other.name} has")
    scores = judge_scores(judge, judge_preferences(judge, name))
    people = people_scores(human, people_preferences(human, rater))
    return _common(scores, people, human, tolerance)


def _common(scores: JudgeScores, people: Judgements, human: Path, tolerance: float) -> Matched:
    """Return the judge's scores and people's labels of the systems that both have."""
    others = [system for system in people.systems if system not in scores.systems]
    if len(others) == len(people.systems):
        fault = f"labels of {_few(others)}, and scores of {_few(scores.systems)}"
        raise InputError("invalid-data", f"{human}: no system in common: {fault}")
    values, notes = _matched(scores, people, human, tolerance)
    if others:
        notes = (f"labels of systems that the judge did not score: {_few(others)}", *notes)
    return Matched(scores, people.raters, values, notes)


def _matched(
    scores: JudgeScores, people: Judgements, path: Path, tolerance: float
) -> tuple[Array, tuple[str, ...]]:
    """Return people's labels, shape (raters, systems, segments), and notes on lost ones."""
    is_scored = ~np.isnan(scores.mean(scores.score))
    outputs = {
        system: ["" if known else None for known in row]
        for system, row in zip(scores.systems, is_scored, strict=True)
    }
    try:
        values, found = match(
            people, Dataset(scores.systems, scores.segments, outputs), tolerance, WORDS
        )
    except InputError as error:
        raise InputError(error.code, f"{path}: {error}") from None
    values[:, ~is_scored] = np.nan
    counts = (found.judgements, found.absent)
    n, of = sum(lost.count for lost in counts), found.judgements.of
    examples = tuple(example for lost in counts for example in lost.examples)[:EXAMPLES]
    note = Unmatched(n, of, examples).note("labels are of items without a score of the judge")
    return values, (note,) if note else ()


def _few(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names[:EXAMPLES]) + (", ..." if len(names) > EXAMPLES else "")


def read_judge(path: Path, name: str | None = None) -> JudgeScores:
    """Read `segment,score`, and `system` and the columns of `NAMED` and `NUMBERED` if present.

    Rows without a score are left out; several rows of an item are repeats.

    Args:
        path: a file that `tabular.Columns` can read.
        name: the judge to read, where the column `judge` has several.

    Raises:
        DataError: as `keyed_rows`; a number is not finite, the judge is not there or there are
            several, there are no scores, or more than `MOST_ROWS` or `MOST_ITEMS`.
    """
    columns = Columns(path)
    system = "system" if columns.has("system") else None
    optional = [column for column in (*NAMED, *NUMBERED) if columns.has(column)]
    rows: list[_Row] = []
    for line, segment, of, (score, *cells) in keyed_rows(
        columns, "segment", system, ["score", *optional]
    ):
        values = dict(zip(optional, cells, strict=True))
        if name not in (None, values.get("judge", name)):
            continue
        numbers = _numbers(path, line, {"score": score, **values})
        if not isnan(numbers["score"]):
            rows.append(_Row(of, segment, values, numbers))
        if len(rows) > MOST_ROWS:
            raise DataError(path, line, f"more than {MOST_ROWS:,} scores, the limit", "too-large")
    return _judge_scores(path, rows, optional, name)


def judges_of(path: Path) -> tuple[str, ...]:
    """Return the names of the judges in a table, sorted; none without a column of them.

    Raises:
        DataError: as `tabular.Columns`.
    """
    columns = Columns(path)
    if not columns.has("judge"):
        return ()
    return tuple(sorted({name for _, (name,) in columns.select(["judge"])}))


@dataclass(frozen=True, slots=True)
class _Row:
    system: str
    segment: str
    cells: dict[str, str]
    numbers: dict[str, float]


def _numbers(path: Path, line: int, cells: dict[str, str]) -> dict[str, float]:
    try:
        return {c: PLAIN.parse(cells[c], c) for c in ("score", *NUMBERED) if c in cells}
    except InputError as error:
        raise DataError(path, line, str(error)) from None


def _judge_scores(
    path: Path, rows: list[_Row], optional: list[str], name: str | None
) -> JudgeScores:
    if not rows:
        raise DataError(path, None, f"no scores by {name}" if name else "no scores")
    judges = sorted({row.cells["judge"] for row in rows}) if "judge" in optional else []
    if len(judges) > 1:
        raise DataError(path, None, f"several judges; select one of {', '.join(judges[:20])}")
    systems = sorted({row.system for row in rows})
    segments = sorted({row.segment for row in rows})
    if (items := len(systems) * len(segments)) > MOST_ITEMS:
        raise DataError(path, None, f"{items:,} items; the limit is {MOST_ITEMS:,}", "too-large")
    of_system = {system: i for i, system in enumerate(systems)}
    of_segment = {segment: i for i, segment in enumerate(segments)}
    numbers = {c: np.array([row.numbers[c] for row in rows]) for c in NUMBERED if c in optional}
    return JudgeScores(
        judge=judges[0] if judges else (name or path.stem),
        systems=tuple(systems),
        segments=tuple(segments),
        system=np.array([of_system[row.system] for row in rows]),
        segment=np.array([of_segment[row.segment] for row in rows]),
        score=np.array([row.numbers["score"] for row in rows]),
        family=tuple(row.cells["family"] for row in rows) if "family" in optional else None,
        position=numbers.get("position"),
        length=numbers.get("length"),
    )
