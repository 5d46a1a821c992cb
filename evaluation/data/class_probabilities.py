"""Reads the outputs of classifiers: a label, an integer, or the probability of each class."""

import json
from collections.abc import Iterable, Mapping
from math import fsum
from types import MappingProxyType
from typing import TypeGuard

from typing_extensions import TypeIs

from evaluation.data.judge_scores import check_scores
from evaluation.errors import InputError
from evaluation.records import Distribution, Segment, Style

Output = str | Distribution
"""The output of a system for a segment: a text or label, or the probability of each class."""

MOST_CLASSES = 100
"""Classes in one output. Of more, the most probable can be given: the sum may be below 1."""

ROUNDING = 0.01
"""By how much probabilities may sum to more than 1: they are often rounded to a few digits."""


def read_output(value: object) -> Output | None:
    """Return an output as it is given in JSON; an integer is a label that is certain.

    An integer is kept as a distribution, since it is not a text and only `labels` has a use for it.

    Raises:
        InputError: it is another JSON value, or class probabilities that `check` refuses.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return {str(value): 1.0}
    if isinstance(value, Mapping):
        return check(value)
    fault = "Input should be a valid string; for labels, also an integer or class probabilities"
    raise InputError("invalid-data", fault)


def check(distribution: Mapping[str, object]) -> Distribution:
    """Return class probabilities that are sound.

    Raises:
        InputError: no class is given or more than `MOST_CLASSES`, a class has no name, a number is
            not from 0 to 1, or they sum to 0 or to more than 1.
    """
    if len(distribution) > MOST_CLASSES:
        fault = f"has {len(distribution)} classes; the limit is {MOST_CLASSES}"
        raise InputError("too-large", fault)
    if any(not label.strip() for label in distribution):
        raise InputError("invalid-data", "has a class whose name is blank")
    probabilities = {label: _probability(label, value) for label, value in distribution.items()}
    total = fsum(probabilities.values())
    if not 0 < total <= 1 + ROUNDING:
        fault = f"has probabilities that sum to {total:g}; the sum should be over 0 and at most 1"
        raise InputError("out-of-range", fault)
    return probabilities


def _probability(label: str, value: object) -> float:
    if not _is_number(value) or not 0 <= value <= 1:  # not NaN either
        fault = f"gives {label!r} the probability {value!r}; it should be a number from 0 to 1"
        raise InputError("out-of-range", fault)
    return float(value)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_distribution(output: Output | None) -> TypeIs[Distribution]:
    """Return whether an output has the probability of each class."""
    # A test for `Mapping` takes four times as long.
    return output is not None and not isinstance(output, str)


def most_probable(distribution: Distribution) -> str:
    """Return the most probable class; of equals the first given."""
    return max(distribution, key=distribution.__getitem__)


def segment_of(
    source: str,
    outputs: Mapping[str, Output | None],
    references: tuple[str, ...] = (),
    has_source: bool = True,
    style: Style | None = None,
    scores: Mapping[str, Mapping[str, float | None]] = MappingProxyType({}),
) -> Segment:
    """Return the segment with these outputs of systems, some of which may be class probabilities.

    Raises:
        InputError: class probabilities that `check` refuses; the message names the system. Or
            `scores` that `judge_scores.check_scores` refuses.
    """
    distributions = {
        name: _of_system(name, output)
        for name, output in outputs.items()
        if isinstance(output, Mapping)
    }
    hypotheses = {
        name: most_probable(distributions[name]) if isinstance(output, Mapping) else output
        for name, output in outputs.items()
    }
    judged = check_scores(scores, hypotheses) if scores else {}
    return Segment(source, hypotheses, references, has_source, style, distributions, judged)


def _of_system(name: str, output: Distribution) -> Distribution:
    try:
        return check(output)
    except InputError as error:
        raise InputError(error.code, f"{name} {error}") from None


def are_probabilities(lines: Iterable[str]) -> bool:
    """Return whether all of `lines` that are not blank are JSON objects with numbers in them.

    A label may look like such an object, but hardly every label that a system gave.
    """
    found = False
    for line in filter(str.strip, lines):
        if not _has_numbers(line):
            return False
        found = True
    return found


def _has_numbers(line: str) -> bool:
    try:
        content = json.loads(line) if line.lstrip().startswith("{") else None
    except ValueError:
        return False
    return isinstance(content, dict) and bool(content) and all(map(_is_number, content.values()))
