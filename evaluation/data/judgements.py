"""Human judgements of systems' outputs, and their reader from tables."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.data.keyed_rows import keyed_rows
from evaluation.data.numbers import PLAIN, Numbers
from evaluation.data.tabular import Columns
from evaluation.errors import InputError
from evaluation.records import DataError
from evaluation.types import Array, Integers

MAX_VALUES = 2**28
"""The maximum number of values, missing ones included: 2 GiB."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """Judgements of `systems` on `segments` by `raters`; higher is better.

    `values` has the shape (raters, systems, segments), NaN where a judgement is missing. It is a
    read-only copy.

    Raises:
        ValueError: the shape does not match the names, a name is there twice, or a value is
            infinite.
    """

    raters: tuple[str, ...]
    systems: tuple[str, ...]
    segments: tuple[str, ...]
    values: Array

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float64)
        names = {"rater": self.raters, "system": self.systems, "segment": self.segments}
        shape = tuple(map(len, names.values()))
        if values.shape != shape:
            raise ValueError(f"values of shape {values.shape} for names of shape {shape}")
        for axis, axis_names in names.items():
            if len(set(axis_names)) < len(axis_names):
                twice = next(name for name in axis_names if axis_names.count(name) > 1)
                raise ValueError(f"{axis} {twice!r} is named more than once")
        if np.isinf(values).any():
            raise ValueError("a judgement is infinite; a missing judgement is NaN")
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    @property
    def mean(self) -> Array:
        """The mean over raters, shape (systems, segments); NaN without a judgement."""
        return mean_of_raters(self.values)

    def select(
        self,
        systems: Sequence[str] | None = None,
        segments: Sequence[str] | None = None,
        raters: Sequence[str] | None = None,
    ) -> "Judgements":
        """Return the judgements of the named systems, segments and raters, in the order given.

        `None` selects all of an axis.

        Raises:
            ValueError: a name is unknown, or is given twice.
        """
        rows = _indices(self.raters, raters, "rater")
        columns = _indices(self.systems, systems, "system")
        items = _indices(self.segments, segments, "segment")
        return Judgements(
            tuple(self.raters[i] for i in rows),
            tuple(self.systems[i] for i in columns),
            tuple(self.segments[i] for i in items),
            self.values[np.ix_(rows, columns, items)],
        )


def mean_of_raters(values: Array) -> Array:
    """Return the mean over the first axis of the values that are not NaN; NaN if all are."""
    rated = ~np.isnan(values)
    n = rated.sum(axis=0)
    total = np.where(rated, values, 0).sum(axis=0)
    return np.asarray(total / np.where(n > 0, n, np.nan))


def read_judgements(
    path: Path | str,
    scores: Sequence[str] = ("score",),
    system: str | None = "system",
    segment: str | Sequence[str] = "segment",
    rater: str | None = None,
    separator: str | None = None,
    numbers: Numbers = PLAIN,
) -> Judgements:
    """Read judgements from a table with a row for each segment of a system, and for each rater.

    With several columns of `scores`, each column is a rater. With one, the raters are in the
    column `rater`: by default the one of this name, and if there is none, all scores are one
    rater's. Missing rows and missing numbers are missing judgements. Names are sorted, numbers by
    size, whatever the order of the rows.

    Args:
        path: a file that `tabular.Columns` can read.
        scores: the columns of scores.
        system: the column of systems; None if there is one system, which is then called `texts`.
        segment: the column of segments, or several columns (`keyed_rows.joined_id`).
        rater: the column of raters.
        separator: the separator of cells, as in `tabular.Columns`.
        numbers: the form of scores and of markers of missing ones.

    Raises:
        DataError: as `keyed_rows.keyed_rows`; a score is not a finite number, a rater judges the
            same segment of a system twice, there are no scores, or there would be more than
            `MAX_VALUES` values.
        ValueError: both several columns of `scores` and `rater` are given, or no column.
    """
    if not scores or (len(scores) > 1 and rater is not None):
        raise ValueError("judgements need one column of scores, or several and no column of raters")
    columns = Columns(path, separator)
    if rater is None and len(scores) == 1 and columns.has("rater"):
        rater = "rater"
    others = [*([rater] if rater is not None else []), *scores]
    collected = Collected(path)
    for line, item, name, cells in keyed_rows(columns, segment, system, others):
        raters = scores if rater is None else cells[:1]
        for rater_name, cell in zip(raters, cells[-len(scores) :], strict=True):
            try:
                value = numbers.parse(cell, "score")
            except InputError as error:
                raise DataError(path, line, str(error)) from None
            collected.add(line, (rater_name, name, item), value)
    return collected.judgements()


class Collected:
    """The judgements read so far, 24 bytes each: the numbers of their names, value and line.

    Args:
        path: the file, for errors.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = path
        self.numbers: tuple[dict[str, int], ...] = ({}, {}, {})
        self.indices = array("i"), array("i"), array("i")
        self.values, self.lines = array("d"), array("I")

    def add(self, line: int, names: tuple[str, str, str], value: float) -> None:
        """Add the judgement of a rater, a system and a segment; NaN is a missing one."""
        for numbers, indices, name in zip(self.numbers, self.indices, names, strict=True):
            indices.append(numbers.setdefault(name, len(numbers)))
        self.values.append(value)
        self.lines.append(line)

    def judgements(self) -> Judgements:
        """Return the judgements, with their names sorted.

        Raises:
            DataError: there are none, or more than `MAX_VALUES`, or one is there twice.
        """
        shape = tuple(map(len, self.numbers))
        if not self.values:
            raise DataError(self.path, None, "has no judgements")
        if (size := shape[0] * shape[1] * shape[2]) > MAX_VALUES:
            sizes = f"{shape[0]} raters, {shape[1]} systems and {shape[2]} segments"
            raise DataError(
                self.path, None, f"{sizes} make {size:,} values; {MAX_VALUES:,} is the limit"
            )
        names, ranks = zip(*map(sorted_names, self.numbers), strict=True)
        cells = tuple(
            rank[np.asarray(indices)] for rank, indices in zip(ranks, self.indices, strict=True)
        )
        self._check_once(np.ravel_multi_index(cells, shape), names)
        values = np.full(shape, np.nan)
        values[cells] = self.values
        return Judgements(names[0], names[1], names[2], values)

    def _check_once(self, cells: Integers, names: Sequence[tuple[str, ...]]) -> None:
        """Raise a `DataError` at the first row that judges a cell for the second time."""
        _, first = np.unique(cells, return_index=True)
        if len(first) == len(cells):
            return
        again = np.ones(len(cells), dtype=bool)
        again[first] = False
        row = int(again.argmax())
        shape = tuple(map(len, names))
        rater, system, segment = (int(i) for i in np.unravel_index(cells[row], shape))
        pair = f"{names[0][rater]} scores {names[1][system]}"
        raise DataError(self.path, self.lines[row], f"{pair} twice on segment {names[2][segment]}")


def sorted_names(unsorted: Iterable[str]) -> tuple[tuple[str, ...], Integers]:
    """Return the names sorted, and the index in that order of each of `unsorted`."""
    names = list(unsorted)
    order = sorted(range(len(names)), key=lambda i: _key(names[i]))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return tuple(names[i] for i in order), rank


def _key(name: str) -> tuple[bool, int, str]:
    """Return the sort key of a name: numbers first, by size, then the others."""
    # A name of 20 digits or more is not a number anyone counts segments by.
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 20 else None
    return number is None, number or 0, name


def _indices(names: Sequence[str], selected: Sequence[str] | None, axis: str) -> list[int]:
    """Return the index in `names` of each selected name; of all if `selected` is None."""
    if selected is None:
        return list(range(len(names)))
    index = {name: i for i, name in enumerate(names)}
    if unknown := [name for name in selected if name not in index]:
        listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise ValueError(f"no {axis} {unknown[0]!r}; there are {listed}")
    return [index[name] for name in selected]
