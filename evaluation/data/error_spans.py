"""Spans of errors that people or models mark in an output."""

import json
from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from evaluation.errors import InputError

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
