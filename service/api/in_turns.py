"""Does long work of the event loop in turns, between which other requests are answered."""

import asyncio
from collections.abc import Iterator, Mapping
from itertools import islice

from pydantic_core import to_json

ITEMS = 500
"""Items that are made into JSON in one turn: a few milliseconds."""


async def json_of(document: Mapping[str, object], name: str, items: Iterator[object]) -> bytes:
    """Return `document` as JSON with `items` in its list `name`, which is empty there.

    Up to `ITEMS` items are written in the turn of the caller. The list may come after texts and
    numbers, and after objects without a list of that name.
    """
    part = list(islice(items, ITEMS))
    if len(part) < ITEMS:
        return to_json({**document, name: part})
    # In a text the quotes would have backslashes before them.
    head, key, tail = to_json(document).partition(b'"%b":[' % name.encode("ascii"))
    written = []
    while part:
        written.append(to_json(part)[1:-1])
        await asyncio.sleep(0)
        part = list(islice(items, ITEMS))
    return b"".join([head, key, b",".join(written), tail])
