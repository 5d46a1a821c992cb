"""Reads the body of a request, with limits on media type, size and time."""

import asyncio
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from service.core import strict_json
from service.core.problems import Problem
from service.core.settings import Settings
from service.core.strict_json import Model

JSON = "application/json"
NDJSON = "application/x-ndjson"


def media_type(request: Request, allowed: Sequence[str]) -> str:
    """Return the media type of the body.

    Raises:
        Problem: it is not one of those allowed, or the body is compressed.
    """
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in allowed:
        detail = f"the body is {sent or 'without a media type'}; supported: {', '.join(allowed)}"
        raise Problem("unsupported-media-type", detail)
    check_encoding(request)
    return sent


def check_encoding(request: Request) -> None:
    """Check that the body is not compressed.

    Raises:
        Problem: it is.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        detail = "the body is compressed, which is not supported"
        raise Problem("unsupported-media-type", detail)


def declared(headers: Headers) -> int | None:
    """Return the length of the body according to its header, or `None`."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


async def read(request: Request, limit: int, timeout_s: float) -> bytes:
    """Return the body; it has at most `limit` bytes and arrives within `timeout_s`.

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
        raise Problem("body-timeout", detail, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        detail = "the connection was closed before the body ended"
        raise Problem("connection-closed", detail) from None
    return bytes(body)


async def read_json(request: Request, model: type[Model], settings: Settings) -> Model:
    """Return the body, which must be JSON, as `model`.

    Raises:
        Problem: it is not JSON, is too large, did not arrive or does not fit; with a pointer to
            every fault.
    """
    media_type(request, [JSON])
    content = await read(request, settings.body_bytes, settings.read_timeout_s)
    return strict_json.validate(model, strict_json.parse(content))


def too_large(limit: int) -> Problem:
    """Return the problem of a body, or a line of one, over `limit` bytes."""
    return Problem("body-too-large", f"more than {limit} bytes, which is the limit")
