"""One segment as a JSON object, or as a row of a data set, to a record.

Every fault is a `DataError` that names the file, the line and the key.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.records import DataError, Segment


class Line(BaseModel):
    """What a line of JSON, or a row of a data set, must hold.

    `id` is whatever the writer calls the segment by, and is not used. `source` may be left out
    where only outputs are compared with each other.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Any = None
    source: str = ""
    outputs: dict[str, str | None]
    reference: str | None = None
    references: list[str] | None = None

    def segment(self) -> Segment:
        """Return the segment that it holds."""
        first = [] if self.reference is None else [self.reference]
        references = (*first, *(self.references or ()))
        return Segment(self.source, self.outputs, references, "source" in self.model_fields_set)


def segments_of(path: Path | str, lines: Iterable[str], needs_source: bool) -> Iterator[Segment]:
    """Yield the segment on each of `lines`; blank lines at the end are none.

    Raises:
        DataError: a line is not such an object, has a key twice, or lacks the source it needs.
    """
    blank = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            blank = blank or number
            continue
        if blank:
            raise DataError(path, blank, "is blank; only lines at the end of the file may be")
        segment = read(path, number, _parse, line)
        if needs_source and not segment.has_source:
            raise DataError(path, number, "source: Field required")
        yield segment


def read(path: Path | str, number: int, parse: Callable[[Any], Line], content: object) -> Segment:
    """Return the segment that `parse` finds in `content`.

    Raises:
        DataError: it is not as a `Line` must be.
    """
    try:
        return parse(content).segment()
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise DataError(path, number, f"{where}: {fault['msg']}".removeprefix(": ")) from None
    except _RepeatedKeyError as error:
        raise DataError(path, number, str(error)) from None


class _RepeatedKeyError(ValueError):
    """An object has a key twice: which of the values was meant cannot be told."""


def _parse(text: str) -> Line:
    line = Line.model_validate_json(text)
    # Pydantic takes the last of two values in silence, so keys are looked at once more.
    json.loads(text, object_pairs_hook=_keys_differ)
    return line


def _keys_differ(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) != len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise _RepeatedKeyError(f"the key {key!r} is twice in one object")
    return content
