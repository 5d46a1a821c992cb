"""Reads outputs with their scores from JSON: one nested object, or an object on each line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from evaluation.data.json_lines import objects_of, unique_keys
from evaluation.data.keyed_rows import ALONE, joined_id, parts_of
from evaluation.data.readers import read_lines, stream_lines
from evaluation.meta_evaluation.config import NestedTexts
from evaluation.meta_evaluation.row_schema import LineJudgements, LineTexts
from evaluation.records import DataError

Node = dict[str, Any]


class Item(NamedTuple):
    """An output of a system: the object it is in, and the one that has source and references.

    `place` names it in errors: its line, or its keys in a nested object.
    """

    path: Path
    place: int | str
    segment: str
    system: str
    node: Node
    parent: Node

    def fault(self, message: str) -> DataError:
        """Return an error that names the file, and the line or the keys."""
        if isinstance(self.place, int):
            return DataError(self.path, self.place, message)
        return DataError(self.path, None, f"{self.place}: {message}")

    def text(self, node: Node, key: str) -> str | None:
        """Return the text at `key`; None if it is null.

        Raises:
            DataError: the key is missing, or has another value.
        """
        value = node.get(key, 0)
        if value is None or isinstance(value, str):
            return value
        raise self.fault(f"{key} is missing or not a text")

    def texts(self, node: Node, key: str) -> tuple[str, ...]:
        """Return the texts at `key`, of a text or a list of texts, without those that are null.

        Raises:
            DataError: the key has another value.
        """
        value = node.get(key)
        given = value if isinstance(value, list) else [value]
        texts = [text for text in given if isinstance(text, str)]
        if len(texts) + given.count(None) < len(given):
            raise self.fault(f"{key} is neither a text nor a list of texts")
        return tuple(texts)

    def name(self, key: str) -> str:
        """Return the text or number at `key`, as a text.

        Raises:
            DataError: the key is missing, or has a blank or another value.
        """
        value = self.node.get(key)
        is_name = isinstance(value, str | int | float) and not isinstance(value, bool)
        if not is_name or not str(value).strip():
            there = ", ".join(self.node)
            raise self.fault(f"{key} is missing, or not a text or number; there are {there}")
        return str(value)


def items_of(path: Path, given: NestedTexts | LineTexts | LineJudgements) -> Iterator[Item]:
    """Yield the outputs in a file; see `nested_items` and `line_items`."""
    return nested_items(path, given) if isinstance(given, NestedTexts) else line_items(path, given)


def nested_items(path: Path, given: NestedTexts) -> Iterator[Item]:
    """Yield the outputs in an object of segments; an output that is null or empty is left out.

    Raises:
        DataError: the file cannot be read, is not a JSON object, has a key twice in one, or has no
            object of outputs.
    """
    for segment, parent in _read(path).items():
        outputs = parent.get(given.outputs) if isinstance(parent, dict) else None
        if not isinstance(outputs, dict):
            raise DataError(path, None, f"{segment}: {given.outputs} is missing or not an object")
        for system, node in outputs.items():
            item = Item(path, f"{segment}.{system}", segment, system, node, parent)
            if node and not isinstance(node, dict):
                raise item.fault("is not an object")
            if node:
                yield item


def _read(path: Path) -> Node:
    text = "\n".join(read_lines(path))
    try:
        content = json.loads(text, object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        hint = "; for an object on each line use `form: lines`" if path.suffix == ".jsonl" else ""
        raise DataError(path, None, f"is not JSON: {error}{hint}") from None
    if not isinstance(content, dict) or not content:
        raise DataError(path, None, "is not a JSON object of segments")
    return content


def line_items(path: Path, given: LineTexts | LineJudgements) -> Iterator[Item]:
    """Yield the outputs of a file with a JSON object on each line; blank lines are left out.

    Raises:
        DataError: the file cannot be read, or a line is not an object, has a key twice, or lacks
            its segment or system.
    """
    keys = parts_of(given.segment)
    for line, node in objects_of(path, stream_lines(path)):
        item = Item(path, line, "", ALONE, node, node)
        system = item.name(given.system) if given.system is not None else ALONE
        yield item._replace(segment=joined_id(list(map(item.name, keys))), system=system)
