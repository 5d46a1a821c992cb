"""What a model makes of texts, each read once: systems are held against the same references."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Read = Callable[[Sequence[str]], Sequence[Array]]

ROOM = 2**27  # numbers, 512 MiB


class Remembered:
    """A reader of texts that keeps what it read, the latest `room` numbers of it."""

    def __init__(self, read: Read, room: int = ROOM) -> None:
        """Read by `read`, which is given texts that differ and returns an array for each."""
        self._read, self._room = read, room
        self._kept: dict[str, Array] = {}
        self._size = 0

    def __call__(self, texts: Sequence[str]) -> list[Array]:
        """Return what each of `texts` reads as."""
        known = {text: self._kept[text] for text in texts if text in self._kept}
        unread = list(dict.fromkeys(text for text in texts if text not in known))
        found = dict(zip(unread, self._read(unread), strict=True)) if unread else {}
        self._keep(found)
        return [known[text] if text in known else found[text] for text in texts]

    def _keep(self, found: dict[str, Array]) -> None:
        for text, array in found.items():
            self._kept[text] = array
            self._size += array.size
        while self._size > self._room:
            self._size -= self._kept.pop(next(iter(self._kept))).size
