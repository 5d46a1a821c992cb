"""Bounded cache of a model's outputs, so that the references of all systems are encoded once."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Read = Callable[[Sequence[str]], Sequence[Vectors]]

CAPACITY = 2**27
"""Default size of a cache: numbers, 512 MiB."""


class TextCache:
    """A function of texts with a cache of its results; the oldest ones are dropped first."""

    def __init__(self, read: Read, capacity: int = CAPACITY) -> None:
        """Take the function, which gets different texts and returns an array for each.

        `capacity` is the maximum number of numbers in the cache.
        """
        self._read, self._capacity = read, capacity
        self._cached: dict[str, Vectors] = {}
        self._size = 0

    def __call__(self, texts: Sequence[str]) -> list[Vectors]:
        """Return the array of each of `texts`."""
        # Looked up before new ones are added, as adding may drop some of these.
        cached = {text: self._cached[text] for text in texts if text in self._cached}
        unread = list(dict.fromkeys(text for text in texts if text not in cached))
        new = dict(zip(unread, self._read(unread), strict=True)) if unread else {}
        self._add(new)
        return [cached[text] if text in cached else new[text] for text in texts]

    def _add(self, new: dict[str, Vectors]) -> None:
        for text, array in new.items():
            self._cached[text] = array
            self._size += array.size
        while self._size > self._capacity:
            self._size -= self._cached.pop(next(iter(self._cached))).size
