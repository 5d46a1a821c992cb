"""Texts and their judgements in one JSON object, nested by segment and system."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from evaluation.data.judgements import Judgements
from evaluation.data.readers import read_lines
from evaluation.meta_evaluation.config import NestedTexts
from evaluation.records import DataError

Kind = TypeVar("Kind")
Node = dict[str, Any]


class Nested(NamedTuple):
    """What systems put out, by segment; None where one put out nothing."""

    systems: tuple[str, ...]
    segments: tuple[str, ...]
    outputs: Mapping[str, Sequence[str | None]]
    sources: Sequence[str] | None
    references: Sequence[Sequence[str]] | None


def read_nested(path: Path, given: NestedTexts) -> Nested:
    """Read the texts.

    Raises:
        DataError: the file cannot be read, is no JSON object, or lacks a key it should have.
    """
    content = _read(path)
    made = {name: _inside(path, one, name, given.outputs, dict) for name, one in content.items()}
    systems = dict.fromkeys(system for own in made.values() for system in own)
    outputs: dict[str, list[str | None]] = {name: [] for name in systems}
    for segment, own in made.items():
        for system, texts in outputs.items():
            one, where = own.get(system), f"{segment}.{system}"
            texts.append(_inside(path, one, where, given.output, str) if one else None)
    sources = references = None
    if key := given.source:
        sources = [_inside(path, one, name, key, str) for name, one in content.items()]
    if key := given.references:
        references = [_references(path, one, name, key) for name, one in content.items()]
    return Nested(tuple(systems), tuple(content), outputs, sources, references)


def read_nested_judgements(
    path: Path, given: NestedTexts, dimensions: Sequence[str]
) -> dict[str, Judgements]:
    """Read the judgements, by dimension; a missing or null score was not given.

    Raises:
        DataError: as `read_nested`; or a score is no number.
    """
    texts, content = read_nested(path, given), _read(path)
    values = np.full((len(dimensions), 1, len(texts.systems), len(texts.segments)), np.nan)
    for k, (segment, node) in enumerate(content.items()):
        for j, system in enumerate(texts.systems):
            if one := node[given.outputs].get(system):
                where = f"{segment}.{system}"
                scores = _inside(path, one, where, given.scores, dict)
                values[:, 0, j, k] = [_score(path, scores, where, name) for name in dimensions]
    names = ("people",), texts.systems, texts.segments
    return {name: Judgements(*names, values[i]) for i, name in enumerate(dimensions)}


def _read(path: Path) -> Node:
    text = "\n".join(read_lines(path))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(path, None, f"is no JSON: {error}") from None
    if not isinstance(content, dict) or not content:
        raise DataError(path, None, "is no JSON object of segments")
    return content


def _inside(path: Path, node: object, name: str, key: str, kind: type[Kind]) -> Kind:
    value = node.get(key) if isinstance(node, dict) else None
    if not isinstance(value, kind):
        raise DataError(path, None, f"{name}: {key} is missing or no {kind.__name__}")
    return value


def _references(path: Path, node: object, name: str, key: str) -> list[str]:
    value = _inside(path, node, name, key, object)
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise DataError(path, None, f"{name}: {key} is no text and no list of texts")
    return texts


def _score(path: Path, scores: Node, where: str, dimension: str) -> float:
    value = scores.get(dimension)
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise DataError(path, None, f"{where}: {dimension} is no finite number")
    return float(value)
