"""Reads JSON objects as rows: one a line, or those of a list."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from evaluation.data.json_lines import Line, read, strict_json
from evaluation.data.judge_scores import chosen_scores
from evaluation.data.layout import Layout
from evaluation.data.lines import stream_lines
from evaluation.records import DataError, Segment

LISTS = ("rows", "data")
"""The keys of an object in a `.json` file that may have the list of rows."""

_FIRST = 1000  # rows that show the columns: an object may lack one that others have

Row = tuple[int, Mapping[str, Any]]


class JsonTable:
    """A file of JSON objects, whose keys are the columns.

    They are on a line each, or the elements of a list in a `.json` file: the file itself, or the
    value of `rows` or `data` in the object that it is. The latter are read at once, and numbered
    from 1 in place of lines.
    """

    def __init__(self, path: Path) -> None:
        """Read the keys of the first objects.

        Raises:
            DataError: the file cannot be read, or is not such JSON.
        """
        self.path = path
        self._list = _list(path) if path.suffix.lower() == ".json" else None
        self.count = None if self._list is None else len(self._list)
        keys = (key for _, row in islice(self._objects(), _FIRST) for key in row)
        self.names = tuple(dict.fromkeys(keys))

    @property
    def is_nested(self) -> bool:
        """Whether the first object has all outputs in one object: `{"outputs": {name: text}}`."""
        _, first = next(self._objects(), (1, {}))
        return isinstance(first.get("outputs"), dict)

    def rows(self, names: Sequence[str]) -> Iterator[Row]:
        """Yield the line of each object and its values of the keys `names`, `None` if it lacks one.

        Raises:
            DataError: a line is not a JSON object, or has a key that the first ones do not have.
        """
        known = set(self.names)
        for number, row in self._objects():
            if new := row.keys() - known:
                listed = f"the first {_FIRST} rows have {', '.join(self.names)}"
                raise DataError(self.path, number, f"the key {min(new)!r} is new here; {listed}")
            yield number, {name: row.get(name) for name in names}

    def objects(self) -> Iterator[Row]:
        """Yield the line of each object and all of it.

        Raises:
            DataError: a line is not a JSON object.
        """
        yield from self._objects()

    def _objects(self) -> Iterator[Row]:
        nodes = _lines(self.path) if self._list is None else enumerate(self._list, start=1)
        for number, node in nodes:
            if not isinstance(node, dict):
                fault = f"is {_kind(node)}, not a JSON object such as {_EXAMPLE}"
                raise DataError(self.path, number, fault)
            yield number, node


def nested_segments(
    table: JsonTable, layout: Layout, systems: Sequence[str] | None, needs_source: bool
) -> Iterator[Segment]:
    """Yield the segment in each object of a table that `is_nested`, as `json_lines.Line` has it.

    Of the `layout` the source, the references and the id may be other keys than usual.

    Raises:
        DataError: an object does not fit, or lacks a source that is needed; there are outputs in
            the layout, or none of the `systems` in the first object.
    """
    if layout.outputs:
        fault = "has all outputs at the key `outputs`: choose some by --systems, not by --outputs"
        raise DataError(table.path, None, fault)
    for number, row in table.objects():
        segment = read(table.path, number, Line.model_validate, _usual_keys(table, row, layout))
        if needs_source and not segment.has_source:
            raise DataError(table.path, number, _NEEDED)
        yield segment if systems is None else _chosen(table.path, number, segment, systems)


def _usual_keys(table: JsonTable, row: Mapping[str, Any], layout: Layout) -> Mapping[str, Any]:
    """Return an object with the keys of `Line` in place of those that the layout states."""
    if not layout.is_stated:
        return row
    roles = replace(layout, outputs=("outputs",)).roles(table.path, table.names)
    usual = {roles.source: "source", roles.id: "id"}
    values = (row[name] for name in roles.references if row.get(name) is not None)
    texts = [text for value in values for text in (value if isinstance(value, list) else [value])]
    others = {usual.get(k, k): value for k, value in row.items() if k not in roles.references}
    return {**others, "references": texts}


def _chosen(path: Path, number: int, segment: Segment, systems: Sequence[str]) -> Segment:
    """Return the segment with the outputs of `systems`; one without an output has a missing one."""
    unknown = [name for name in systems if name not in segment.hypotheses]
    if number == 1 and unknown:
        there = ", ".join(segment.hypotheses) or "none"
        raise DataError(path, number, f"no system {unknown[0]!r}; there are {there}")
    return replace(
        segment,
        hypotheses={name: segment.hypotheses.get(name) for name in systems},
        distributions={n: d for n, d in segment.distributions.items() if n in systems},
        scores=chosen_scores(segment.scores, systems),
    )


_NEEDED = "source: Field required, as outputs that are edits need the texts that they change"
_EXAMPLE = '{"source": "...", "one": "...", "two": "..."}'


def _lines(path: Path) -> Iterator[tuple[int, object]]:
    """Yield the number of each line and the JSON on it; blank lines may be at the end only."""
    blank = 0
    for number, line in enumerate(stream_lines(path), start=1):
        if not line.strip():
            blank = blank or number
            continue
        if blank:
            raise DataError(path, blank, "is blank; only lines at the end of the file may be")
        yield number, strict_json(path, number, line)


def _list(path: Path) -> list[object] | None:
    """Return the list of rows in a file, or None if it has an object on each line."""
    first = next((line for line in stream_lines(path) if line.strip()), "")
    if _is_object(first) and sum(1 for line in stream_lines(path) if line.strip()) > 1:
        return None
    content = strict_json(path, None, "\n".join(stream_lines(path)))
    if isinstance(content, list):
        return content
    if not isinstance(content, dict):
        raise DataError(path, None, f"is {_kind(content)}, not a list of objects")
    lists = [content[key] for key in LISTS if isinstance(content.get(key), list)]
    if len(lists) == 1:
        rows: list[object] = lists[0]
        return rows
    if isinstance(content.get("outputs"), dict):  # a file of one line
        return [content]
    keys = ", ".join(content) or "none"
    fault = f"is an object without rows: there are the keys {keys}; a list of objects is read,"
    raise DataError(path, None, f'{fault} or {{"rows": [...]}} or {{"data": [...]}}')


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _kind(node: object) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(node), "a number")
