"""Reads human judgements from JSON: a score of one rater, or scores of several, for each output."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from sys import float_info
from typing import cast

from evaluation.data.judgements import Collected, Judgements
from evaluation.data.numbers import Numbers
from evaluation.errors import InputError
from evaluation.meta_evaluation.json_items import Item
from evaluation.records import DataError

_ONLY = "people"  # the rater of scores that name none

Score = tuple[str, str, object]
"""A rater, a dimension and a value."""


def read_json_judgements(
    path: Path,
    items: Iterable[Item],
    dimensions: Sequence[str],
    scores: str | None,
    numbers: Numbers,
    rater: str | None = None,
) -> dict[str, Judgements]:
    """Return the judgements of outputs, by dimension.

    The scores of an output are an object of dimensions, each with a number, a list of numbers (one
    of each rater, in the same order everywhere) or an object of numbers by rater; or a list of such
    objects, one of each rater. Null, NaN and absent scores are missing. A number may be a text.

    Args:
        path: the file, for errors.
        items: the outputs in it.
        dimensions: the keys of the dimensions.
        scores: the key of the scores; None if dimensions are keys of the output's object.
        numbers: the form of numbers that are texts.
        rater: the key of the rater, where each item has the scores of one.

    Raises:
        DataError: scores have another form, are not finite numbers, or are not there.
    """
    collected = {name: Collected(path) for name in dimensions}
    for item in items:
        line = item.place if isinstance(item.place, int) else 0
        for by, name, value in _of_item(item, dimensions, scores, rater):
            key = by, item.system, item.segment
            collected[name].add(line, key, _number(item, name, value, numbers))
    if empty := [name for name in dimensions if not collected[name].values]:
        where = f" at the key {scores}" if scores is not None else ""
        raise DataError(path, None, f"has no judgements of {', '.join(empty)}{where}")
    return {name: table.judgements() for name, table in collected.items()}


def _of_item(
    item: Item, dimensions: Sequence[str], scores: str | None, rater: str | None
) -> Iterator[Score]:
    """Yield the scores of one output that are not null."""
    node = item.node if scores is None else item.node.get(scores)
    if node is None:
        return
    only = _ONLY if rater is None else item.name(rater)
    if isinstance(node, list):
        by_rater = [(_numbered(i), entry) for i, entry in enumerate(node, start=1)]
    else:
        by_rater = [(only, node)]
    for name, entry in by_rater:
        if not isinstance(entry, dict):
            raise item.fault(f"{scores} is not an object or a list of objects")
        for dimension in dimensions:
            yield from _of_dimension(name, dimension, entry.get(dimension))


def _of_dimension(rater: str, dimension: str, value: object) -> Iterator[Score]:
    if isinstance(value, list):
        by_rater = {_numbered(i): score for i, score in enumerate(value, start=1)}
    else:
        by_rater = value if isinstance(value, dict) else {rater: value}
    return ((by, dimension, score) for by, score in by_rater.items() if score is not None)


def _numbered(place: int) -> str:
    return f"rater {place}"


def _number(item: Item, dimension: str, value: object, numbers: Numbers) -> float:
    if isinstance(value, str):
        try:
            return numbers.parse(value, dimension)
        except InputError as error:
            raise item.fault(str(error)) from None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or abs(cast(float, value)) > float_info.max:  # NaN is not above it
        raise item.fault(f"{dimension} is {value!r}, which is not a finite number")
    return float(cast(float, value))
