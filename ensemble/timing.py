"""How long each phase of a combination takes, for whoever wants to know; else it costs nothing.

Whoever times sets `CLOCK` to a `Clock` for as long as the work lasts; the rooms call `lap` where
one phase ends and the next begins, and know no more of it.
"""

import time
from contextvars import ContextVar


class Clock:
    """When each phase ended: `laps` has its name, its beginning and its end, in seconds.

    The seconds are those of `time.perf_counter`.
    """

    __slots__ = ("_last", "laps")

    def __init__(self) -> None:
        self.laps: list[tuple[str, float, float]] = []
        self._last = time.perf_counter()

    def lap(self, phase: str) -> None:
        """Say that `phase` ended now, and began where the one before it ended."""
        now = time.perf_counter()
        self.laps.append((phase, self._last, now))
        self._last = now


CLOCK: ContextVar[Clock | None] = ContextVar("consort_clock", default=None)


def lap(phase: str) -> None:
    """Say that `phase` ends now; nothing where nobody times."""
    clock = CLOCK.get()
    if clock is not None:
        clock.lap(phase)
