"""Reads texts and judgements from one JSON object, nested by segment and system."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from evaluation.data.judgements import Judgements
from evaluation.data.readers import read_lines
from evaluation.meta_evaluation.config import NestedTexts
from evaluation.records import DataError

Value = TypeVar("Value")
Node = dict[str, Any]


class Nested(NamedTuple):
    """The outputs of each system, by segment; None is a missing output."""

    systems: tuple[str, ...]
    segments: tuple[str, ...]
    outputs: Mapping[str, Sequence[str | None]]
    sources: Sequence[str] | None
    references: Sequence[Sequence[str]] | None


def read_nested(path: Path, given: NestedTexts) -> Nested:
    """Read the texts.

    Raises:
        DataError: the file cannot be read, is not a JSON object, or lacks a key.
    """
    content = _read(path)
    by_segment = {
        segment: _inside(path, node, segment, given.outputs, dict)
        for segment, node in content.items()
    }
    systems = dict.fromkeys(system for nodes in by_segment.values() for system in nodes)
    outputs: dict[str, list[str | None]] = {name: [] for name in systems}
    for segment, nodes in by_segment.items():
        for system, texts in outputs.items():
            node, where = nodes.get(system), f"{segment}.{system}"
            texts.append(_inside(path, node, where, given.output, str) if node else None)
    sources = references = None
    if key := given.source:
        sources = [_inside(path, node, name, key, str) for name, node in content.items()]
    if key := given.references:
        references = [_references(path, node, name, key) for name, node in content.items()]
    return Nested(tuple(systems), tuple(content), outputs, sources, references)


def read_nested_judgements(
    path: Path, given: NestedTexts, dimensions: Sequence[str]
) -> dict[str, Judgements]:
    """Read the judgements, by dimension; a score that is absent or null is missing.

    Raises:
        DataError: as `read_nested`, or a score is not a finite number.
    """
    texts, content = read_nested(path, given), _read(path)
    values = np.full((len(dimensions), 1, len(texts.systems), len(texts.segments)), np.nan)
    for k, (segment, node) in enumerate(content.items()):
        for j, system in enumerate(texts.systems):
            if output := node[given.outputs].get(system):
                where = f"{segment}.{system}"
                scores = _inside(path, output, where, given.scores, dict)
                values[:, 0, j, k] = [_score(path, scores, where, name) for name in dimensions]
    names = ("people",), texts.systems, texts.segments
    return {name: Judgements(*names, values[i]) for i, name in enumerate(dimensions)}


def _read(path: Path) -> Node:
    text = "\n".join(read_lines(path))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(path, None, f"is not JSON: {error}") from None
    if not isinstance(content, dict) or not content:
        raise DataError(path, None, "is not a JSON object of segments")
    return content


def _inside(path: Path, node: object, name: str, key: str, expected: type[Value]) -> Value:
    """Return the value at `key` in `node`, which an error calls `name`."""
    value = node.get(key) if isinstance(node, dict) else None
    if not isinstance(value, expected):
        raise DataError(path, None, f"{name}: {key} is missing or not a {expected.__name__}")
    return value


def _references(path: Path, node: object, name: str, key: str) -> list[str]:
    """Return the references of a segment, without those that are absent or null."""
    value = node.get(key) if isinstance(node, dict) else None
    texts = value if isinstance(value, list) else [value]
    known = [text for text in texts if text is not None]
    if not all(isinstance(text, str) for text in known):
        raise DataError(path, None, f"{name}: {key} is neither a text nor a list of texts")
    return known


def _score(path: Path, scores: Node, where: str, dimension: str) -> float:
    value = scores.get(dimension)
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise DataError(path, None, f"{where}: {dimension} is not a finite number")
    return float(value)
