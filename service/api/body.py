"""The body of a request: of an allowed media type, bounded in size and time."""

import asyncio
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from service.core.problems import Problem

JSON = "application/json"
NDJSON = "application/x-ndjson"


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
