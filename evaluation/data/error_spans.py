"""Spans of errors that people or models mark in an output."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from evaluation.data.tabular import Columns
from evaluation.errors import InputError
from evaluation.records import DataError

Severity = Literal["minor", "major"]

_SEVERITIES = {"minor": "minor", "major": "major", "critical": "major"}
_UNDECIDED = "undecided"


class ErrorSpan(NamedTuple):
    """The characters from `start` to before `end` of an output, and the severity of the error."""

    start: int
    end: int
    severity: Severity


def parse_spans(text: str) -> tuple[ErrorSpan, ...]:
    """Return the spans of a JSON list of `{"start_i", "end_i", "severity"}`, as ESA has them.

    Left out, as at WMT25, are errors without a place in the output (`"start_i": "missing"`) and of
    undecided severity; a critical error is a major one.

    Raises:
        InputError: the text is not such a list.
    """
    try:
        spans = json.loads(text)
    except ValueError:
        spans = None
    if not isinstance(spans, list):
        raise InputError("invalid-data", f"spans {text[:40]!r} are not a JSON list")
    return tuple(span for given in spans if (span := as_span(given)) is not None)


def as_span(given: object) -> ErrorSpan | None:
    """Return a span of a JSON object, or None where it has no place or no severity.

    Raises:
        InputError: as `parse_spans`.
    """
    if not isinstance(given, Mapping):
        raise InputError("invalid-data", f"span {given!r} is not a JSON object")
    start, end, severity = (given.get(key) for key in ("start_i", "end_i", "severity"))
    if start == "missing" or severity == _UNDECIDED:
        return None
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end:
        raise InputError("invalid-data", f"span from {start!r} to {end!r}: not places in a text")
    if severity not in _SEVERITIES:
        known = ", ".join(get_args(Severity))
        raise InputError("invalid-data", f"severity {severity!r}; there are {known}, critical")
    return ErrorSpan(start, end, "minor" if severity == "minor" else "major")


class SpanRow(NamedTuple):
    """The error spans of an output in a table, and its length in characters if it is there."""

    line: int
    spans: tuple[ErrorSpan, ...]
    length: int | None


_KEYS = ("source_lang", "target_lang", "set_id", "doc_id", "segment_id", "system_id")
_INDICES = ("start_indices", "end_indices", "error_types")
_OUTPUT = "hypothesis_segment"


def read_span_table(path: Path | str) -> dict[tuple[str, ...], SpanRow]:
    """Return the spans of each output of a TSV in the layout of task 2 of WMT25.

    `start_indices`, `end_indices` and `error_types` have an entry for each span, with spaces
    between them; `no-error` in `error_types` is an output without errors. The keys are the cells of
    those of the columns source_lang, target_lang, set_id, doc_id, segment_id and system_id that the
    table has.

    Raises:
        DataError: as `Columns.select`; the table has none of these columns, an output is there
            twice, entries differ in number, or are not those of `as_span`.
    """
    columns = Columns(path)
    keys = [name for name in _KEYS if columns.has(name)]
    if not keys:
        raise DataError(path, 1, f"has no column of {', '.join(_KEYS)}")
    has_output = columns.has(_OUTPUT)
    rows: dict[tuple[str, ...], SpanRow] = {}
    for line, cells in columns.select([*keys, *_INDICES, *([_OUTPUT] if has_output else [])]):
        key, rest = cells[: len(keys)], cells[len(keys) :]
        if key in rows:
            raise DataError(path, line, f"has the output of line {rows[key].line} again")
        try:
            spans = _indexed(*rest[:3])
        except InputError as error:
            raise DataError(path, line, str(error)) from None
        rows[key] = SpanRow(line, spans, len(rest[3]) if has_output else None)
    return rows


def pair_of(key: tuple[str, ...]) -> str:
    """Return the languages of an output, `en-cs`, of a key of `read_span_table`."""
    return "-".join(key[:2])


def _indexed(starts: str, ends: str, severities: str) -> tuple[ErrorSpan, ...]:
    if severities.strip() == "no-error":
        return ()
    entries = starts.split(), ends.split(), severities.split()
    if len({*map(len, entries)}) > 1:
        counts = ", ".join(map(str, map(len, entries)))
        raise InputError("invalid-data", f"has {counts} start_indices, end_indices, error_types")
    given = (
        {"start_i": _index(start), "end_i": _index(end), "severity": severity}
        for start, end, severity in zip(*entries, strict=True)
    )
    return tuple(span for one in given if (span := as_span(one)) is not None)


def _index(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text
