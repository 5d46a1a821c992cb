"""Finds the last JSON object in a text."""

import json
import re
from typing import NamedTuple

ANY_BRACE = re.compile(r"\{")
LIKELY = re.compile(r'\{(?=\s*["}])')
"""A brace that may begin an object of JSON; any other cannot."""

_MOST_FAILURES = 100  # each may be read to the end of the text


class LastObject(NamedTuple):
    """The last object, and where the first brace stands that does not begin one."""

    value: object
    failed_at: int | None


def last_object(
    text: str, decoder: json.JSONDecoder, starts: re.Pattern[str] = LIKELY
) -> LastObject:
    """Return the last JSON object of `text` that is not inside another, as `decoder` reads it.

    `value` is `None` where there is none before the hundredth place that `starts` matches and no
    object begins at.
    """
    last: object = None
    failed: int | None = None
    at = failures = 0
    while failures < _MOST_FAILURES:
        start = starts.search(text, at)
        if start is None:
            break
        at = start.start()
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            failed, at, failures = at if failed is None else failed, at + 1, failures + 1
        else:
            last = value
    return LastObject(last, failed)
