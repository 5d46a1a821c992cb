"""What people said of systems' outputs: who rated which segment of which system how highly."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from evaluation.data.tabular import Columns
from evaluation.records import DataError
from evaluation.types import Array, Integers

MISSING = frozenset({"", "None", "NA"})
"""What a cell without a judgement holds."""
ALONE = "texts"
"""What the one system is called where a table names none."""
MAX_VALUES = 2**28
"""The most values that judgements may have, missing ones included: 2 GiB."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """Judgements of `systems` on `segments` by `raters`; higher is better.

    `values` has the shape (raters, systems, segments), NaN where someone did not judge. It is
    a copy that cannot be written to.

    Raises:
        ValueError: the shape is another, a name comes twice, or a value is infinite.
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
        for what, given in names.items():
            if len(set(given)) < len(given):
                twice = next(name for name in given if given.count(name) > 1)
                raise ValueError(f"{what} {twice!r} is named more than once")
        if np.isinf(values).any():
            raise ValueError("a judgement is infinite; NaN is for missing ones")
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    @property
    def mean(self) -> Array:
        """The mean over raters, shape (systems, segments); NaN where nobody judged."""
        return mean_of_raters(self.values)

    def select(
        self,
        systems: Sequence[str] | None = None,
        segments: Sequence[str] | None = None,
        raters: Sequence[str] | None = None,
    ) -> "Judgements":
        """Return the judgements of some, in the order given; of all where none are named.

        Raises:
            ValueError: one is not there, or is named twice.
        """
        kept = [
            (self.raters, raters, "rater"),
            (self.systems, systems, "system"),
            (self.segments, segments, "segment"),
        ]
        where = [_places(*one) for one in kept]
        names = [
            tuple(known[i] for i in places) for (known, *_), places in zip(kept, where, strict=True)
        ]
        return Judgements(names[0], names[1], names[2], self.values[np.ix_(*where)])


def mean_of_raters(values: Array) -> Array:
    """Return the mean over the first axis of what is there; NaN where nothing is."""
    rated = ~np.isnan(values)
    n = rated.sum(axis=0)
    total = np.where(rated, values, 0).sum(axis=0)
    return np.asarray(total / np.where(n > 0, n, np.nan))


def read_judgements(
    path: Path | str,
    scores: Sequence[str] = ("score",),
    system: str | None = "system",
    segment: str = "segment",
    rater: str | None = None,
    separator: str | None = None,
) -> Judgements:
    """Read judgements from a table with one row for a segment of a system, or one for each rater.

    With several columns of `scores`, each is a rater. With one, the raters are in the column
    `rater`: by default the one called so if the file has it, else the scores are one rater's.
    Cells in `MISSING`, and rows that are not there, are missing judgements. Names come sorted,
    numbers by size, whatever the order of the rows.

    Args:
        path: a file as `tabular.Columns` says, which also tells what `separator` is.
        scores: the columns of scores.
        system: the column of systems; None if all are one's, which is then called `texts`.
        segment: the column of segments.
        rater: the column of raters.
        separator: what stands between cells.

    Raises:
        DataError: as `tabular.Columns` says; a score is no finite number, someone judges the
            same twice, there are no scores, or the values would be more than `MAX_VALUES`.
        ValueError: both several columns of `scores` and `rater` are given, or no column.
    """
    if not scores or (len(scores) > 1 and rater is not None):
        raise ValueError("judgements need one column of scores, or several and no column of raters")
    columns = Columns(path, separator)
    if rater is None and len(scores) == 1 and "rater" in columns.headings:
        rater = "rater"
    names = [system or segment, segment, *([rater] if rater is not None else []), *scores]
    gathered = _Gathered(path)
    for line, (of, on, *rest) in columns.select(names):
        raters = scores if rater is None else rest[:1]
        for by, cell in zip(raters, rest[len(rest) - len(scores) :], strict=True):
            gathered.add(line, (by, of if system else ALONE, on), cell)
    return gathered.judgements()


class _Gathered:
    """The judgements read so far, 24 bytes each: their names' numbers, value and line."""

    def __init__(self, path: Path | str) -> None:
        self.path = path
        self.numbers: tuple[dict[str, int], ...] = ({}, {}, {})
        self.places = array("i"), array("i"), array("i")
        self.values, self.lines = array("d"), array("I")

    def add(self, line: int, names: tuple[str, str, str], cell: str) -> None:
        value = self._value(line, cell)
        for numbers, places, name in zip(self.numbers, self.places, names, strict=True):
            places.append(numbers.setdefault(name, len(numbers)))
        self.values.append(value)
        self.lines.append(line)

    def judgements(self) -> Judgements:
        shape = tuple(map(len, self.numbers))
        if not self.values:
            raise DataError(self.path, None, "no judgements: there are only headings")
        if (size := shape[0] * shape[1] * shape[2]) > MAX_VALUES:
            what = f"{shape[0]} raters, {shape[1]} systems and {shape[2]} segments"
            raise DataError(
                self.path, None, f"{what} make {size:,} values; {MAX_VALUES:,} is the limit"
            )
        names, order = zip(*map(_sorted, self.numbers), strict=True)
        where = tuple(
            places[np.asarray(numbers)] for places, numbers in zip(order, self.places, strict=True)
        )
        self._check_once(np.ravel_multi_index(where, shape), names)
        values = np.full(shape, np.nan)
        values[where] = self.values
        return Judgements(names[0], names[1], names[2], values)

    def _value(self, line: int, cell: str) -> float:
        if cell.strip() in MISSING:
            return float("nan")
        try:
            value = float(cell)
        except ValueError:
            raise DataError(self.path, line, f"score {cell!r} is no number") from None
        if not isfinite(value):
            raise DataError(self.path, line, f"score {cell!r} is no finite number")
        return value

    def _check_once(self, places: Integers, names: Sequence[tuple[str, ...]]) -> None:
        _, first = np.unique(places, return_index=True)
        if len(first) == len(places):
            return
        again = np.ones(len(places), dtype=bool)
        again[first] = False
        row = int(again.argmax())
        shape = tuple(map(len, names))
        by, of, on = (int(i) for i in np.unravel_index(places[row], shape))
        what = f"{names[0][by]} scores {names[1][of]} twice on segment {names[2][on]}"
        raise DataError(self.path, self.lines[row], what)


def _sorted(numbers: Iterable[str]) -> tuple[tuple[str, ...], Integers]:
    """Return the names sorted, and where each of `numbers`, in their order, has gone."""
    given = list(numbers)
    order = sorted(range(len(given)), key=lambda i: _key(given[i]))
    places = np.empty(len(given), dtype=np.int64)
    places[order] = np.arange(len(given))
    return tuple(given[i] for i in order), places


def _key(name: str) -> tuple[bool, int, str]:
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 20 else None
    return number is None, number or 0, name


def _places(known: Sequence[str], asked: Sequence[str] | None, what: str) -> list[int]:
    if asked is None:
        return list(range(len(known)))
    place = {name: i for i, name in enumerate(known)}
    if unknown := [name for name in asked if name not in place]:
        listed = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
        raise ValueError(f"no {what} {unknown[0]!r}; there are {listed}")
    return [place[name] for name in asked]
