"""Progress of long work as lines of text, for output that is not a terminal."""

import time
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import TypeVar

from evaluation.execution.progress import Step
from evaluation.reporting.markdown import figure

Item = TypeVar("Item")

GAP_S = 5.0
"""The fewest seconds between two lines, in the first minute of a stage."""
LONG_GAP_S = 15.0
"""The fewest seconds between two lines, after that minute."""


class LogLines:
    """The function `progress(items, what, total)` of runs, which writes lines.

    A stage is the work of one call. When a step of it ends, and its last line is older than
    `GAP_S`, there is a line; so there is at the end of a stage that took longer than that, and at
    the beginning where nothing has been written for that long. A stage of one step has a line at
    its beginning in any case, as there is nothing to report until it ends. Quick work is silent,
    then, and each step of slow work has its line.
    """

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write, self._clock = write, clock
        self._written_at = clock()

    def __call__(
        self, items: Iterable[Item], what: str, total: int | None = None
    ) -> Iterator[Item]:
        """Yield `items`, and write lines on how many of how many are done."""
        of = length(items, total)
        if of == 1 or self._clock() - self._written_at >= GAP_S:
            self._line(f"{what}: 0 of {of}" if of and of > 1 else what)
        return self._stage(items, what, of, self._is_due)

    def of_parts(
        self, items: Iterable[Item], what: str, total: int | None = None
    ) -> Iterator[Item]:
        """Yield the parts of a step, and write lines on them where nothing else is written."""
        return self._stage(items, f"  {what}", length(items, total), self._is_silent)

    def _stage(
        self,
        items: Iterable[Item],
        what: str,
        of: int | None,
        is_due: Callable[[float, float, bool], bool],
    ) -> Iterator[Item]:
        begun = written_at = self._clock()
        done = 0
        for done, item in enumerate(items, 1):
            yield item
            elapsed = self._clock() - begun
            if is_due(elapsed, self._clock() - written_at, done == of):
                counts = f"{counted(done, of)}{described(item)}"
                self._line(f"{what}: {counts}; {times(elapsed, done, of)}")
                written_at = self._clock()
        elapsed = self._clock() - begun
        if of is None and is_due(elapsed, 0.0, True):
            self._line(f"{what}: all {done} done; {duration(elapsed)}")

    def _is_due(self, elapsed: float, age: float, is_last: bool) -> bool:
        if is_last:
            return elapsed >= GAP_S
        return age >= (GAP_S if elapsed < 60 else LONG_GAP_S)

    def _is_silent(self, elapsed: float, age: float, is_last: bool) -> bool:
        return not is_last and min(elapsed, self._clock() - self._written_at) >= LONG_GAP_S

    def _line(self, text: str) -> None:
        self._write(text)
        self._written_at = self._clock()


def length(items: Iterable[object], total: int | None) -> int | None:
    """Return `total`, or else as many as `items` says it has, if it does."""
    return len(items) if total is None and isinstance(items, Sized) else total


def described(item: object) -> str:
    """Return the name and the figures of a step, as they stand after the number of steps."""
    if not isinstance(item, Step):
        return ""
    name = f" ({item.name})" if item.name else ""
    figures = ", ".join(f"{what} {figure(value, 2)}" for what, value in item.figures.items())
    return name + (f": {figures}" if figures else "")


def counted(done: int, of: int | None) -> str:
    """Return the number of steps done, and of how many if that is known."""
    return str(done) if of is None else f"{done} of {max(done, of)}"


def times(elapsed: float, done: int, of: int | None) -> str:
    """Return how long it took, and how long the rest will take at the same rate."""
    if of is None or done >= of:
        return duration(elapsed)
    return f"{duration(elapsed)}, about {duration(elapsed / done * (of - done))} left"


def duration(seconds: float) -> str:
    """Return a duration in words, such as `3 min 5 s`."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
