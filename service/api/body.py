"""From the bytes of a request to what they say: bounded in size and time, and strict."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from service.api.problems import Problem, fault, faults_of, invalid

JSON = "application/json"
NDJSON = "application/x-ndjson"

MOST_KEYS = 100
"""In one object: saying what is wrong with each of 100,000 would take seconds."""

Model = TypeVar("Model", bound=BaseModel)


def media_type(request: Request, allowed: Sequence[str]) -> str:
    """Return the media type of the body.

    Raises:
        Problem: it is none of those allowed, or the body is compressed.
    """
    found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found not in allowed:
        raise Problem(
            415, f"the body is {found or 'of no stated type'}; {' or '.join(allowed)} is read"
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "the body is compressed; only plain ones are read")
    return found


def declared(headers: Headers) -> int | None:
    """Return how many bytes the body has by its header, if that says."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


async def read(request: Request, limit: int, timeout_s: float) -> bytes:
    """Return the body, of at most `limit` bytes, arrived within `timeout_s`.

    Raises:
        Problem: it is larger, or did not arrive.
    """
    if (declared(request.headers) or 0) > limit:
        raise too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise too_large(limit)
    except TimeoutError:
        detail = f"the body did not arrive within {timeout_s:g} s"
        raise Problem(408, detail, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem(400, "the connection was closed before the body ended") from None
    return bytes(body)


def too_large(limit: int) -> Problem:
    """Return the problem of a body, or a line of one, over `limit` bytes."""
    return Problem(413, f"more than {limit} bytes; at most so many are read")


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
