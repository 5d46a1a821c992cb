"""Timing of the phases of a combination, for a caller that asks for it; otherwise it costs nothing.

The caller sets `CLOCK` to a `Clock` for the duration of the work. Each step calls `lap` where a
phase ends, and needs no clock in its parameters.
"""

import time
from contextvars import ContextVar


class Clock:
    """The phases so far: `laps` has the name, start and end of each, in seconds.

    The seconds are those of `time.perf_counter`.
    """

    __slots__ = ("_last", "laps")

    def __init__(self) -> None:
        self.laps: list[tuple[str, float, float]] = []
        self._last = time.perf_counter()

    def lap(self, phase: str) -> None:
        """Record that `phase` ended now, and began where the previous one ended."""
        now = time.perf_counter()
        self.laps.append((phase, self._last, now))
        self._last = now


CLOCK: ContextVar[Clock | None] = ContextVar("consort_clock", default=None)


def lap(phase: str) -> None:
    """Record that `phase` ends now, if a clock is set."""
    clock = CLOCK.get()
    if clock is not None:
        clock.lap(phase)
