"""Timing of the phases of a combination, for a caller that asks for it; otherwise it costs nothing.

The caller sets `CLOCK` to a `Clock` for the duration of the work. Each step calls `lap` where a
phase ends, and needs no clock in its parameters.
"""

import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")


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

    def extend(self, laps: Sequence[tuple[str, float, float]]) -> None:
        """Add the phases of work in another process; the first began where the last one ended."""
        for phase, _, end in laps:
            self.laps.append((phase, self._last, end))
            self._last = end


CLOCK: ContextVar[Clock | None] = ContextVar("consort_clock", default=None)


def timed(work: Callable[[], T]) -> tuple[T, list[tuple[str, float, float]]]:
    """Return the result of `work`, and the phases that it recorded."""
    clock = Clock()
    token = CLOCK.set(clock)
    try:
        return work(), clock.laps
    finally:
        CLOCK.reset(token)


def lap(phase: str) -> None:
    """Record that `phase` ends now, if a clock is set."""
    clock = CLOCK.get()
    if clock is not None:
        clock.lap(phase)
