"""Makes Python's garbage collections rare and short, as each one stops all work of a process."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG_OBJECTS = 50_000
"""New objects between two collections; Python's usual number is 700 to 2,000."""


def shorten_collections() -> None:
    """Leave the objects that exist by now out of collections, and have fewer of those.

    Most are of libraries and live as long as the process: going through them takes a quarter of a
    second, every few hundred requests.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])


@contextmanager
def without_collections() -> Iterator[None]:
    """Hold collections back, while many objects are made that all are needed."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
