"""Reads judgements that mark errors (MQM), in the TSV layout of WMT: a row for each error.

Layout and weights are those of google/wmt-mqm-human-evaluation (Freitag et al. 2021).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluation.data.judgements import Collected, Judgements
from evaluation.data.keyed_rows import keyed_rows
from evaluation.data.segment_ids import renumbered
from evaluation.data.tabular import Columns
from evaluation.errors import InputError
from evaluation.records import DataError

WEIGHTS: Mapping[str, float] = {
    "Major": 5,
    "Minor": 1,
    "Neutral": 0,
    "No-error": 0,
    "HOTW-test": 0,
    "Major/Non-translation": 25,
    "Minor/Fluency/Punctuation": 0.1,
}
"""The penalty of an error by severity, category and subcategory, as WMT publishes it.

A rater who found no error has a row of severity `No-error`; `HOTW-test` marks an error that was
planted to test the rater.
"""

_SEGMENTS = ("globalSegId", "seg_id", ("doc", "docSegId"), ("doc", "doc_id"))
_TAGS = re.compile(r"</?v>")


class Weights:
    """Penalties of errors: the most specific entry of severity, category, subcategory counts.

    Args:
        entries: penalties by `severity`, `severity/category` or `severity/category/subcategory`,
            regardless of case, of spaces beside a slash and of an exclamation mark at the end.
    """

    def __init__(self, entries: Mapping[str, float] = WEIGHTS) -> None:
        self._entries = {_key(name): weight for name, weight in entries.items()}

    def of(self, severity: str, category: str) -> float:
        """Return the penalty of an error.

        Raises:
            InputError: the severity has no entry.
        """
        parts = _key(f"{severity}/{category}")
        for n in range(len(parts), 0, -1):
            if parts[:n] in self._entries:
                return self._entries[parts[:n]]
        known = ", ".join(name for (name, *more) in self._entries if not more)
        fault = f"severity {severity!r} has no weight; there are {known} (see `weights`)"
        raise InputError("invalid-data", fault)


class MqmRow(NamedTuple):
    """A row of an MQM table: an error that a rater marked, or that the rater found none.

    `source` and `target` are texts without the tags `<v>` and `</v>` around the error.
    """

    line: int
    segment: str
    system: str
    rater: str
    category: str
    severity: str
    source: str
    target: str


def read_mqm(
    paths: Sequence[Path | str],
    weights: Mapping[str, float] = WEIGHTS,
    segment: str | Sequence[str] | None = None,
    numbered_from: int = 1,
) -> Judgements:
    """Return each rater's score of each output: minus the sum of the penalties of its errors.

    Args:
        paths: TSV files with the columns system, rater, category and severity.
        weights: see `Weights`.
        segment: the column of segments, or several; by default `globalSegId`, `seg_id`, or else
            the document and the number in it.
        numbered_from: the number of the first segment; ids are those of segments from 1.

    Raises:
        DataError: as `Columns.select`, a cell of a key is empty, a severity has no weight, or an
            id is not a number where `numbered_from` is not 1.
    """
    penalties: dict[tuple[str, str, str], tuple[float, int]] = {}
    table = Weights(weights)
    for path in paths:
        for row in mqm_rows(path, segment, numbered_from):
            try:
                penalty = table.of(row.severity, row.category)
            except InputError as error:
                raise DataError(path, row.line, str(error)) from None
            key = row.rater, row.system, row.segment
            before, _ = penalties.get(key, (0.0, 0))
            penalties[key] = before + penalty, row.line
    collected = Collected(paths[-1])
    for key, (penalty, line) in penalties.items():
        collected.add(line, key, -penalty)
    return collected.judgements()


def mqm_rows(
    path: Path | str, segment: str | Sequence[str] | None = None, numbered_from: int = 1
) -> Iterator[MqmRow]:
    """Yield the rows of a table; arguments and errors are those of `read_mqm`.

    Texts are empty where the table has no columns `source` and `target`.
    """
    columns = Columns(path)
    keys = segment or _segments(columns)
    texts = [name for name in ("source", "target") if columns.has(name)]
    others = ["rater", "category", "severity", *texts]
    for line, item, system, cells in keyed_rows(columns, keys, "system", others):
        rater, category, severity, *given = cells
        if not rater.strip():
            raise DataError(path, line, "the cell of rater is empty")
        text = {name: _TAGS.sub("", cell) for name, cell in zip(texts, given, strict=True)}
        item = renumbered(path, line, item, numbered_from)
        found = text.get("source", ""), text.get("target", "")
        yield MqmRow(line, item, system, rater, category, severity, *found)


def _segments(columns: Columns) -> str | tuple[str, ...]:
    for keys in _SEGMENTS:
        names = (keys,) if isinstance(keys, str) else keys
        if all(map(columns.has, names)):
            return keys
    listed = ", ".join(columns.names)
    raise DataError(columns.path, 1, f"no column globalSegId or seg_id, but {listed}")


def _key(name: str) -> tuple[str, ...]:
    """Return the parts of an entry in the form in which they are compared."""
    return tuple(part.strip().lower().removesuffix("!") for part in name.split("/") if part.strip())
