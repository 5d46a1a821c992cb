"""Reads the reply of a language model that was asked for one number per label."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from ensemble.judges.base import JudgeFailure
from ensemble.systems.reply.json_objects import ANY_BRACE, last_object
from ensemble.systems.reply.thoughts import Mark, without_blocks

LONGEST_REPLY = 1 << 16
"""Characters of a reply; longer ones are not read."""

_SHOWN = 40  # characters of a reply that a message quotes
_THOUGHT = re.compile(r"<(?P<end>/?)think(?:ing)?>")


class _Object(list[tuple[str, object]]):
    """A JSON object as its pairs, so that a label given twice is seen."""


_DECODER = json.JSONDecoder(object_pairs_hook=_Object)


def read_reply(text: str, labels: Sequence[str], scale: tuple[float, float]) -> list[float]:
    """Return the number for each of `labels` in the JSON object of a reply, in their order.

    Text around the object is ignored: a preface, a code fence, the reasoning in a `<think>` block.
    Of several objects the last one counts.

    Raises:
        JudgeFailure: such an object is missing; its fault names the reason.
    """
    given = _numbers(_last_object(text), labels)
    low, high = scale
    for label, number in given.items():
        if not low <= number <= high:
            fault = f"scored {label} {number:g}, outside {low:g} to {high:g}"
            raise JudgeFailure("out of scale", fault)
    return [given[label] for label in labels]


def _last_object(text: str) -> _Object:
    """Return the last JSON object in a reply that is not inside another."""
    if len(text) > LONGEST_REPLY:
        fault = f"answered {len(text)} characters where {LONGEST_REPLY} are the limit"
        raise JudgeFailure("no JSON", fault)
    spoken, unfinished = without_blocks(text, _thoughts(text))
    if unfinished is not None:
        spoken = spoken[:unfinished]
        if "{" not in spoken:
            raise JudgeFailure("truncated", "its answer ends in its reasoning")
    value, failed_at = last_object(spoken, _DECODER, starts=ANY_BRACE)
    if isinstance(value, _Object):
        return value
    if failed_at is not None and "}" not in spoken[failed_at:]:
        raise JudgeFailure("truncated", "its JSON object is not complete")
    if _is_json(spoken):
        raise JudgeFailure(
            "not an object", f"answered with JSON that is not an object: {spoken[:_SHOWN]!r}"
        )
    raise JudgeFailure("no JSON", f"answered without a JSON object: {spoken[:_SHOWN]!r}")


def _thoughts(text: str) -> Iterator[Mark]:
    """Yield the tags of reasoning anywhere in a text."""
    for tag in _THOUGHT.finditer(text):
        yield Mark(tag.start(), tag.end(), opens=not tag["end"])


def _is_json(text: str) -> bool:
    """Return whether a text, without its code fence, is JSON."""
    try:
        json.loads(re.sub(r"^\s*```\w*|```\s*$", "", text))
    except (ValueError, RecursionError):
        return False
    return True


def _numbers(pairs: _Object, labels: Sequence[str]) -> Mapping[str, float]:
    """Return the numbers of an object by label: one for each of `labels`, and no other."""
    given: dict[str, float] = {}
    for key, value in pairs:
        label = key.strip()
        if label not in labels:
            raise JudgeFailure("unknown label", f"scored {label[:_SHOWN]!r}, which was not shown")
        if label in given:
            raise JudgeFailure("repeated label", f"scored {label} twice")
        given[label] = _number(label, value)
    if missing := [label for label in labels if label not in given]:
        raise JudgeFailure("missing label", f"did not score {missing[0]}")
    return given


def _number(label: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise JudgeFailure(
            "not a number", f"scored {label} with {type(value).__name__}, not a number"
        )
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise JudgeFailure("not finite", f"scored {label} with {number}")
    return number
