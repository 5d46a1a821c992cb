"""Reads the scores of a judge and of people, and matches them by system and segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from evaluation.data.judgements import ALONE, MISSING, read_judgements
from evaluation.data.tabular import Columns
from evaluation.errors import InputError
from evaluation.records import DataError
from evaluation.types import Array, Integers

MOST_ROWS = 2_000_000
"""Rows of a table of a judge's scores."""

MOST_ITEMS = 2**24
"""Pairs of a system and a segment, missing ones included: 128 MiB for each figure of an item."""

NAMED = ("judge", "family")
NUMBERED = ("position", "length")
"""The columns that a table of a judge's scores may have beside system, segment and score."""


@dataclass(frozen=True, eq=False)
class JudgeScores:
    """A judge's scores of `systems` on `segments`, one a row; an item may be scored repeatedly.

    `system` and `segment` are indices; they and the other columns have the shape (rows,). Columns
    that the table lacks are `None`; a missing number is NaN.
    """

    judge: str
    systems: tuple[str, ...]
    segments: tuple[str, ...]
    system: Integers
    segment: Integers
    score: Array
    family: tuple[str, ...] | None = None
    position: Array | None = None
    length: Array | None = None

    @property
    def item(self) -> Integers:
        """The number of each row's item: the place in a flattened (systems, segments) array."""
        return self.system * len(self.segments) + self.segment

    def mean(self, values: Array) -> Array:
        """Return the mean of rows' values over the repeats of an item, (systems, segments)."""
        known = ~np.isnan(values)
        size = len(self.systems) * len(self.segments)
        n = np.bincount(self.item[known], minlength=size)
        total = np.bincount(self.item[known], values[known], minlength=size)
        mean = total / np.where(n > 0, n, np.nan)
        return np.asarray(mean.reshape(len(self.systems), len(self.segments)))

    def repeats(self) -> Array:
        """Return the scores as (repeats, systems, segments), NaN where there are fewer.

        Repeats of an item are sorted, so that the order of the rows does not matter.

        Raises:
            InputError: there would be more than `MOST_ITEMS` values.
        """
        order = np.lexsort((self.score, self.item))
        items, first, n = np.unique(self.item[order], return_index=True, return_counts=True)
        size = len(self.systems) * len(self.segments)
        if (values := int(n.max()) * size) > MOST_ITEMS:
            counted = f"{n.max()} repeats of {size:,} items make {values:,} values"
            raise InputError("too-large", f"{counted}; the limit is {MOST_ITEMS:,}")
        place = np.arange(len(order)) - np.repeat(first, n)
        scores = np.full((int(n.max()), size), np.nan)
        scores[place, np.repeat(items, n)] = self.score[order]
        return scores.reshape(-1, len(self.systems), len(self.segments))


@dataclass(frozen=True, eq=False)
class Matched:
    """A judge beside people, whose scores of its items have the shape (raters, systems, segments).

    `unmatched` counts the judgements of items that the judge did not score, which are left out.
    """

    scores: JudgeScores
    raters: tuple[str, ...]
    human: Array
    unmatched: int


def read_matched(judge: Path, human: Path, name: str | None, rater: str | None) -> Matched:
    """Read both tables; `name` selects a judge where there are several, `rater` names a column.

    Raises:
        DataError: as `read_judge` and `read_judgements`; one table has a column of systems and
            the other does not, or the tables have no item in common.
    """
    scores = read_judge(judge, name)
    has_systems = "system" in Columns(human).headings
    if has_systems == (scores.systems == (ALONE,)):
        lacking = judge if has_systems else human
        raise DataError(lacking, 1, "has no column system, which the other table has")
    people = read_judgements(human, system="system" if has_systems else None, rater=rater)
    values = np.full((len(people.raters), len(scores.systems), len(scores.segments)), np.nan)
    given, kept = zip(
        _places(people.systems, scores.systems),
        _places(people.segments, scores.segments),
        strict=True,
    )
    everybody = range(len(people.raters))
    values[np.ix_(everybody, *kept)] = people.values[np.ix_(everybody, *given)]
    values[:, np.isnan(scores.mean(scores.score))] = np.nan
    left = int((~np.isnan(values)).sum())
    if not left:
        example = f"{people.systems[0]}, segment {people.segments[0]}"
        raise DataError(human, None, f"the judge scored no item that people did, as {example}")
    return Matched(scores, people.raters, values, int((~np.isnan(people.values)).sum()) - left)


def _places(names: Sequence[str], among: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return where the names that both have are in `names`, and where in `among`."""
    index = {name: i for i, name in enumerate(among)}
    both = [(i, index[name]) for i, name in enumerate(names) if name in index]
    return [i for i, _ in both], [i for _, i in both]


def read_judge(path: Path, name: str | None = None) -> JudgeScores:
    """Read `segment,score`, and `system` and the columns of `NAMED` and `NUMBERED` if present.

    Rows without a score are left out; several rows of an item are repeats.

    Args:
        path: a file that `tabular.Columns` can read.
        name: the judge to read, where the column `judge` has several.

    Raises:
        DataError: as `tabular.Columns`; a number is not finite, the judge is not there or there are
            several, there are no scores, or more than `MOST_ROWS` or `MOST_ITEMS`.
    """
    columns = Columns(path)
    optional = [c for c in ("system", *NAMED, *NUMBERED) if c in columns.headings]
    rows: list[dict[str, str]] = []
    scores: list[float] = []
    for line, cells in columns.select(["segment", "score", *optional]):
        row = dict(zip(["segment", "score", *optional], cells, strict=True))
        if row["score"].strip() not in MISSING and name in (None, row.get("judge", name)):
            rows.append(_numbered(path, line, row))
            scores.append(_number(path, line, "score", row["score"]))
        if len(rows) > MOST_ROWS:
            raise DataError(path, line, f"more than {MOST_ROWS:,} scores, the limit", "too-large")
    return _judge_scores(path, rows, np.array(scores), optional, name)


def judges_of(path: Path) -> tuple[str, ...]:
    """Return the names of the judges in a table, sorted; none without a column of them.

    Raises:
        DataError: as `tabular.Columns`.
    """
    columns = Columns(path)
    if "judge" not in columns.headings:
        return ()
    return tuple(sorted({name for _, (name,) in columns.select(["judge"])}))


def _judge_scores(
    path: Path, rows: list[dict[str, str]], scores: Array, optional: list[str], name: str | None
) -> JudgeScores:
    judges = sorted({row["judge"] for row in rows}) if "judge" in optional else []
    if not rows:
        raise DataError(path, None, f"no scores by {name}" if name else "no scores")
    if len(judges) > 1:
        raise DataError(path, None, f"several judges; select one of {', '.join(judges[:20])}")
    systems = sorted({row.get("system", ALONE) for row in rows})
    segments = sorted({row["segment"] for row in rows})
    if (items := len(systems) * len(segments)) > MOST_ITEMS:
        raise DataError(path, None, f"{items:,} items; the limit is {MOST_ITEMS:,}", "too-large")
    of_system = {system: i for i, system in enumerate(systems)}
    of_segment = {segment: i for i, segment in enumerate(segments)}
    numbers = {c: np.array([float(row[c]) for row in rows]) for c in NUMBERED if c in optional}
    return JudgeScores(
        judge=judges[0] if judges else (name or path.stem),
        systems=tuple(systems),
        segments=tuple(segments),
        system=np.array([of_system[row.get("system", ALONE)] for row in rows]),
        segment=np.array([of_segment[row["segment"]] for row in rows]),
        score=scores,
        family=tuple(row["family"] for row in rows) if "family" in optional else None,
        position=numbers.get("position"),
        length=numbers.get("length"),
    )


def _numbered(path: Path, line: int, row: dict[str, str]) -> dict[str, str]:
    """Return the row with its missing numbers as `nan`, the others checked."""
    for column in (c for c in NUMBERED if c in row):
        if row[column].strip() in MISSING:
            row[column] = "nan"
        else:
            _number(path, line, column, row[column])
    return row


def _number(path: Path, line: int, column: str, cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        raise DataError(path, line, f"{column} {cell!r} is not a number") from None
    if not isfinite(number):
        raise DataError(path, line, f"{column} {cell!r} is not a finite number")
    return number
