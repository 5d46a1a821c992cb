"""Reads named keys of JSON objects, as `tabular.Columns` reads the columns of a table."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evaluation.data.json_lines import objects_of, unique_keys
from evaluation.data.readers import stream_lines
from evaluation.data.tabular import Row
from evaluation.records import DataError

SUFFIXES = (".json", ".jsonl", ".ndjson")


class JsonRows:
    """Objects, one a line, or those of one array in a `.json` file; `select` yields their values.

    A key may also be within an object that is a value, as in the exports of Chatbot Arena. The
    first object has the keys that all have. An array's objects are counted in place of lines.
    """

    def __init__(self, path: Path | str) -> None:
        """Read the keys of the first object; an empty file has none.

        Raises:
            DataError: the file cannot be read, or does not begin with an object.
        """
        self.path = path
        _, first = next(self._objects(), (1, {}))
        self.names = tuple(name for node in (first, *_within(first)) for name in node)

    def has(self, name: str) -> bool:
        """Return whether the first object has this key."""
        return name in self.names

    def select(self, names: Sequence[str]) -> Iterator[Row]:
        """Yield each object's line and the values of the keys `names` as text; null is empty.

        Raises:
            DataError: a key is missing, or its value is not a text or number; or a line is not a
                JSON object, or has a key twice in one.
        """
        for line, node in self._objects():
            yield line, tuple(self._cell(line, node, name) for name in names)

    def _cell(self, line: int, node: dict[str, Any], name: str) -> str:
        inner = next((part for part in (node, *_within(node)) if name in part), None)
        if inner is None:
            raise DataError(self.path, line, f"no key {name}; there are {', '.join(node)}")
        value = inner[name]
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise DataError(self.path, line, f"{name} is not a text or number: {value!r:.50}")
        return str(value)

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        first = next((text for text in stream_lines(self.path) if text.strip()), "")
        if not first.lstrip().startswith("["):
            yield from objects_of(self.path, stream_lines(self.path))
            return
        try:
            nodes = json.loads("\n".join(stream_lines(self.path)), object_pairs_hook=unique_keys)
        except (ValueError, RecursionError) as error:
            raise DataError(self.path, None, f"is not JSON: {error}") from None
        for number, node in enumerate(nodes, start=1):
            if not isinstance(node, dict):
                raise DataError(self.path, None, f"element {number} is not a JSON object")
            yield number, node


def _within(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [value for value in node.values() if isinstance(value, dict)]
