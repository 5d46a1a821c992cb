"""JSON read strictly: no key twice, no NaN, and every fault with a pointer to its place."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from service.core.problems import fault, faults_of, invalid

MOST_KEYS = 100
"""In one object: saying what is wrong with each of 100,000 would take seconds."""

Model = TypeVar("Model", bound=BaseModel)


def parse(body: bytes, path: Sequence[str | int] = ()) -> object:
    """Return what a JSON text says; `path` is where problems say that it is.

    Stricter than `json` is by itself: UTF-8 only, no NaN or Infinity, no key twice, and
    not over `MOST_KEYS` of them.

    Raises:
        Problem: it is not such a text.
    """
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        detail = f"is not UTF-8: byte 0x{error.object[error.start]:02x} at {error.start}"
    except RecursionError:
        detail = "is nested too deeply"
    except ValueError as error:
        detail = f"is not JSON that is read here: {error}"
    raise invalid([fault(path, detail)])


def validate(model: type[Model], value: object, path: Sequence[str | int] = ()) -> Model:
    """Return `value`, which `path` led to, as `model`.

    Raises:
        Problem: with a pointer to everything that is wrong in it.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(faults_of(error, path)) from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > MOST_KEYS:
        raise ValueError(f"an object has {len(pairs)} keys; at most {MOST_KEYS} are read")
    content = dict(pairs)
    if len(content) != len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {key!r} is twice in one object")
    return content


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON has")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
