"""Reads the JSON body of an endpoint's answer."""

import json
from typing import Any

from ensemble.systems.base import SystemFailure


def parsed(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON value of a body.

    Raises:
        SystemFailure: it is not JSON.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SystemFailure("answered with a body that is not JSON") from error


def pick(body: bytes, path: str) -> str:
    """Return the text in a JSON body that `path`, keys and positions with dots between, leads to.

    Raises:
        SystemFailure: it is not JSON, or does not have a text there.
    """
    value = parsed(body)
    try:
        for key in path.split("."):
            value = value[int(key)] if isinstance(value, list) else value[key]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise SystemFailure(f"answered with JSON that has no {path}") from error
    if not isinstance(value, str):
        raise SystemFailure(f"answered with {type(value).__name__} at {path}, not text")
    return value
