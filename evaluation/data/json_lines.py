"""Turns JSON objects, one a line, and rows of data sets into segments.

Every fault is a `DataError` that names the file, the line and the key.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError
from pydantic_core import PydanticCustomError, from_json

from evaluation.data.class_probabilities import Output, read_output, segment_of
from evaluation.errors import InputError
from evaluation.records import DataError, Segment

_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # perhaps a surrogate without the other half


def _output(value: object) -> Output | None:
    try:
        return read_output(value)
    except InputError as error:
        # Of a plain ValueError, pydantic's message would begin with "Value error".
        raise PydanticCustomError("output", "{fault}", {"fault": str(error)}) from None


class Line(BaseModel):
    """The schema of a line of JSON or a row of a data set.

    `id` is the writer's name for the segment and is not used. `source` may be left out where only
    outputs are compared with each other.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Any = None
    source: str = ""
    outputs: dict[str, Annotated[Output | None, PlainValidator(_output)]]
    reference: str | None = None
    references: list[str] | None = None
    scores: dict[str, dict[str, float | None]] = {}

    def segment(self) -> Segment:
        """Return the segment in this line."""
        first = [] if self.reference is None else [self.reference]
        references = (*first, *(self.references or ()))
        has_source = "source" in self.model_fields_set
        return segment_of(self.source, self.outputs, references, has_source, scores=self.scores)


def objects_of(path: Path | str, lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number of each line that is not blank, and the JSON object on it.

    Raises:
        DataError: a line is not a JSON object, or has a key twice in one.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        content = parsed(path, number, line)
        if not isinstance(content, dict):
            raise DataError(path, number, "is not a JSON object")
        yield number, content


def parsed(path: Path | str, number: int | None, text: str, **options: Any) -> object:  # noqa: ANN401
    """Return the JSON on line `number` of `path`; `options` are those of `json.loads`.

    Raises:
        DataError: it is not JSON, or has a key twice in one object.
    """
    try:
        return json.loads(text, object_pairs_hook=unique_keys, **options)
    except _RepeatedKeyError as error:
        raise DataError(path, number, str(error)) from None
    except (ValueError, RecursionError) as error:
        raise DataError(path, number, f"is not JSON: {error}") from None


def strict_json(path: Path | str, number: int | None, text: str) -> object:
    """Return what `parsed` does, of JSON without `NaN`, infinity and half characters.

    Raises:
        DataError: as `parsed`, or it has one of these.
    """
    content = parsed(path, number, text, parse_constant=_refuse)
    if _HALF.search(text):
        try:
            from_json(text)
        except ValueError as error:
            raise DataError(path, number, f"is not JSON: {error}") from None
    return content


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a value of JSON; write null")


def read(path: Path | str, number: int, parse: Callable[[Any], Line], content: object) -> Segment:
    """Return the segment that `parse` finds in `content`, which is line `number` of `path`.

    Raises:
        DataError: it does not fit `Line`, or has a key twice.
    """
    try:
        return parse(content).segment()
    except InputError as error:
        raise DataError(path, number, str(error)) from None
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(map(str, fault["loc"]))
        if fault["type"] == "extra_forbidden":
            raise DataError(path, number, _unread(key)) from None
        raise DataError(path, number, f"{key}: {fault['msg']}".removeprefix(": ")) from None
    except _RepeatedKeyError as error:
        raise DataError(path, number, str(error)) from None


def parse_output(path: Path | str, number: int, text: str) -> Output | None:
    """Return the class probabilities on line `number` of `path`; a blank line stays as it is.

    Raises:
        DataError: they are not sound, or a class is there twice.
    """
    if not text.strip():
        return text
    try:
        return read_output(json.loads(text, object_pairs_hook=unique_keys))
    except ValueError as error:
        raise DataError(path, number, str(error)) from None


def _unread(key: str) -> str:
    named = f"--source {key}, --reference {key} or --id {key} says that it is one"
    return f"the key {key!r} is not read; read are {', '.join(Line.model_fields)} ({named})"


class _RepeatedKeyError(ValueError):
    """An object has a key twice, so that its value is ambiguous."""


def unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return a JSON object, for `json.loads(object_pairs_hook=...)`.

    Raises:
        ValueError: a key is there twice.
    """
    content = dict(pairs)
    if len(content) != len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise _RepeatedKeyError(f"the key {key!r} is twice in one object")
    return content
