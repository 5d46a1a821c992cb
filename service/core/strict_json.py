"""Strict JSON: duplicate keys and NaN are errors, and every fault has a pointer to its place."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from service.core.garbage import without_collections
from service.core.limits import Refused
from service.core.problems import fault, faults_of, invalid

MOST_KEYS = 100
"""Keys in one object: to describe the faults of 100,000 keys would take seconds."""

Model = TypeVar("Model", bound=BaseModel)


def parse(body: bytes, path: Sequence[str | int] = ()) -> object:
    """Return the value of a JSON text, which problems say is at `path`.

    Stricter than `json`: UTF-8 only, no NaN or Infinity, no duplicate key, and no object with
    more than `MOST_KEYS` keys.

    Raises:
        Problem: the text breaks one of these rules.
    """
    try:
        with without_collections():
            return _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        detail = f"is not UTF-8: byte 0x{error.object[error.start]:02x} at {error.start}"
    except RecursionError:
        detail = "is nested too deeply"
    except Refused as refusal:
        raise invalid([fault(refusal.code, path, refusal.detail)]) from None
    except ValueError as error:
        detail = f"is not valid JSON: {error}"
    raise invalid([fault("invalid-json", path, detail)])


def validate(model: type[Model], value: object, path: Sequence[str | int] = ()) -> Model:
    """Return `value`, found at `path`, as `model`.

    Raises:
        Problem: it does not fit; with a pointer to every fault.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(faults_of(error, path)) from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > MOST_KEYS:
        detail = f"has an object with {len(pairs)} keys; the limit is {MOST_KEYS}"
        raise Refused("too-many", [], detail)
    content = dict(pairs)
    if len(content) != len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise Refused("duplicate-key", [], f"has the key {key!r} twice in one object")
    return content


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
