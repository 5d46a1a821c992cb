"""Reads preferences between two outputs from tables and JSON, as people, judges and arenas do."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evaluation.data.json_rows import SUFFIXES, JsonRows
from evaluation.data.judgements import sorted_names
from evaluation.data.keyed_rows import joined_id, parts_of
from evaluation.data.numbers import MISSING, PLAIN
from evaluation.data.preferences import Preferences
from evaluation.data.tabular import Columns
from evaluation.errors import InputError
from evaluation.records import DataError

MOST_ROWS = 5_000_000
"""Preferences in a table."""

MOST_SYSTEMS = 1000
"""Systems in a table: their pairs are counted in squares of this size."""

SYSTEMS = (("system1", "system2"), ("system_a", "system_b"), ("model_a", "model_b"))
SEGMENTS = ("segment", "question_id")
RATERS = ("rater", "judge")
LENGTHS = (
    ("length1", "length2"),
    ("length_a", "length_b"),
    ("sum_assistant_a_tokens", "sum_assistant_b_tokens"),
)
"""The headings that are looked for, in this order, where none are given."""

_FIRST = frozenset(("1", "a", "left", "first", *(names[0] for names in SYSTEMS)))
_SECOND = frozenset(("2", "b", "right", "second", *(names[1] for names in SYSTEMS)))
_TIE = frozenset(("tie", "tie (bothbad)", "bothbad", "both_bad", "both bad", "draw"))
_ALLOWED = "the name of one of its systems, 1 or 2, A or B, left or right, model_a or model_b, tie"


@dataclass(frozen=True)
class PreferenceColumns:
    """The headings of a table of preferences; those that are None are looked for."""

    systems: tuple[str, str] | None = None
    winner: str = "winner"
    segment: str | tuple[str, ...] | None = None
    rater: str | None = None
    separator: str | None = None


def is_preferences(path: Path | str) -> bool:
    """Return whether a file is a table of preferences: it has a winner and two systems.

    Raises:
        DataError: the file cannot be read.
    """
    table = _table(path, None)
    return table.has("winner") and any(all(map(table.has, names)) for names in SYSTEMS)


def read_preferences(
    path: Path | str, given: PreferenceColumns | None = None, rater: str | None = None
) -> Preferences:
    """Read a table, or JSON as `json_rows.JsonRows` does, with a row for each comparison.

    The winner is the name of a system; or 1 or 2, A or B, left or right, model_a or model_b, by
    the order of the columns of the systems; or `tie`, also `tie (bothbad)`. A name comes first: if
    a system is called A, then A is this system. Rows without a winner are left out and counted.
    Without a column of segments, each row is a segment, numbered by its line.

    Args:
        path: the file.
        given: the headings, where they are not `SYSTEMS`, `SEGMENTS` and `RATERS`.
        rater: only the comparisons of this rater.

    Raises:
        DataError: as `Columns.select` and `JsonRows.select`; a column is missing, a cell of it is
            blank, a winner is neither of the two systems, a system is compared with itself, there
            are no comparisons, or more than `MOST_ROWS` or `MOST_SYSTEMS`.
    """
    given = given or PreferenceColumns()
    collected = _Collected(path)
    for row in _rows(path, given):
        if rater is None or row.rater == rater:
            collected.add(row)
    if rater is not None and not len(collected):
        raise DataError(path, None, f"no comparisons by {rater}")
    return collected.preferences()


class _Row(NamedTuple):
    line: int
    segment: str
    rater: str
    systems: tuple[str, str]
    winner: str
    lengths: tuple[float, ...]


def _table(path: Path | str, separator: str | None) -> Columns | JsonRows:
    is_json = Path(path).suffix.lower() in SUFFIXES
    return JsonRows(path) if is_json else Columns(path, separator)


def _rows(path: Path | str, given: PreferenceColumns) -> Iterator[_Row]:
    table = _table(path, given.separator)
    systems, lengths = given.systems or _systems(table), _first(table, LENGTHS) or ()
    segment = given.segment or next(filter(table.has, SEGMENTS), None)
    parts = () if segment is None else parts_of(segment)
    rater = given.rater or next(filter(table.has, RATERS), None)
    needed = (*systems, *parts, *(() if rater is None else (rater,)))
    n, k = len(parts) + 2, len(needed)
    length_of = lru_cache(2**16)(_length)
    for line, cells in table.select([*needed, given.winner, *lengths]):
        if not all(map(str.strip, cells[:k])):
            empty = next(key for key, cell in zip(needed, cells, strict=False) if not cell.strip())
            raise DataError(path, line, f"the cell of {empty} is empty")
        name = joined_id(cells[2:n]) if parts else str(line)
        by, pair = "" if rater is None else cells[n], (cells[0].strip(), cells[1].strip())
        try:
            sizes = tuple(map(length_of, cells[k + 1 :], lengths))
        except InputError as error:
            raise DataError(path, line, str(error)) from None
        yield _Row(line, name, by, pair, cells[k].strip(), sizes)


def _systems(table: Columns | JsonRows) -> tuple[str, str]:
    if systems := _first(table, SYSTEMS):
        return systems
    listed = " or ".join(" and ".join(names) for names in SYSTEMS)
    fault = f"no columns of two systems: {listed}; there are {', '.join(table.names[:20])}"
    raise DataError(table.path, 1, fault)


def _first(table: Columns | JsonRows, choices: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    return next((names for names in choices if all(map(table.has, names))), None)


def _length(cell: str, name: str) -> float:
    length = PLAIN.parse(cell, name)
    if length < 0:
        raise InputError("out-of-range", f"{name} {cell!r} is below 0")
    return length


class _Collected:
    """The comparisons read so far: the numbers of their names, and who was preferred."""

    def __init__(self, path: Path | str) -> None:
        self.path = path
        self.systems: dict[str, int] = {}
        self.names: tuple[dict[str, int], ...] = ({}, {})
        self.columns = array("i"), array("i"), array("i"), array("i"), array("b")
        self.lengths = array("d")
        self.known: dict[tuple[tuple[str, str], str], int | None] = {}
        self.positional: dict[str, int] = {}
        self.unanswered = 0

    def __len__(self) -> int:
        return len(self.columns[0])

    def add(self, row: _Row) -> None:
        spelt = row.systems, row.winner
        if spelt not in self.known:
            self.known[spelt] = self._preferred(row)
        preferred = self.known[spelt]
        if preferred is None:
            self.unanswered += 1
            return
        segments, raters = self.names
        first, second = row.systems
        index = len(self.systems)
        self.columns[0].append(segments.setdefault(row.segment, len(segments)))
        self.columns[1].append(raters.setdefault(row.rater, len(raters)))
        self.columns[2].append(self.systems.setdefault(first, len(self.systems)))
        self.columns[3].append(self.systems.setdefault(second, len(self.systems)))
        self.columns[4].append(preferred)
        self.lengths.extend(row.lengths)
        if len(self.systems) > index or len(self) > MOST_ROWS:
            self._check_size(row.line)

    def preferences(self) -> Preferences:
        if not len(self):
            raise DataError(self.path, None, "has no comparisons with a winner")
        for word, line in self.positional.items():
            if word in self.systems:
                fault = f"winner {word!r} is neither of the two systems, but another one"
                raise DataError(self.path, line, fault)
        segment, rater, first, second, preferred = (
            np.asarray(column, dtype=np.int64) for column in self.columns
        )
        (segments, of_segment), (raters, of_rater), (systems, of_system) = map(
            sorted_names, (*self.names, self.systems)
        )
        lengths = np.asarray(self.lengths).reshape(-1, 2) if self.lengths else None
        return Preferences(
            systems,
            segments,
            raters,
            of_segment[segment],
            of_rater[rater],
            of_system[first],
            of_system[second],
            preferred,
            lengths,
            unanswered=self.unanswered,
        )

    def _preferred(self, row: _Row) -> int | None:
        """Return 1, 0 or -1 as in `Preferences`; None without a winner."""
        first, second = row.systems
        if first == second:
            raise DataError(self.path, row.line, f"{first!r} is compared with itself")
        if row.winner in row.systems:
            return 1 if row.winner == first else -1
        if row.winner in MISSING:
            return None
        word = row.winner.casefold()
        self.positional.setdefault(row.winner, row.line)
        if word in _TIE:
            return 0
        if word in _FIRST or word in _SECOND:
            return 1 if word in _FIRST else -1
        fault = f"winner {row.winner!r} of {first!r} and {second!r}; it is {_ALLOWED}"
        raise DataError(self.path, row.line, fault)

    def _check_size(self, line: int) -> None:
        for n, most, of in (
            (len(self), MOST_ROWS, "comparisons"),
            (len(self.systems), MOST_SYSTEMS, "systems"),
        ):
            if n > most:
                raise DataError(self.path, line, f"more than {most:,} {of}, the limit", "too-large")
