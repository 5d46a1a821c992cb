"""A circuit breaker: an endpoint that is down is left alone for a while, then tried once."""

import time
from collections.abc import Callable
from typing import Literal

Circuit = Literal["closed", "open", "half-open"]
"""Calls go through; none does; one does, and its fate decides (Nygard 2007, Release It!)."""


class Breaker:
    """Opens after `failures` in a row; `pause_s` later lets one call through."""

    def __init__(
        self, failures: int, pause_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures = failures
        self._pause_s = pause_s
        self._clock = clock
        self._in_a_row = 0
        self._opened: float | None = None
        self._trying = False

    @property
    def circuit(self) -> Circuit:
        """Its state at this moment."""
        if self._opened is None:
            return "closed"
        return "half-open" if self.wait_s == 0 else "open"

    @property
    def wait_s(self) -> float:
        """Seconds until a call may be tried."""
        if self._opened is None:
            return 0.0
        return max(0.0, self._opened + self._pause_s - self._clock())

    def admit(self) -> bool:
        """Whether to call now; who is let in says what became of it, by one of those below."""
        if self.circuit == "closed":
            return True
        if self.circuit == "open" or self._trying:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        """Close: the endpoint answered."""
        self._in_a_row = 0
        self._opened = None
        self._trying = False

    def failed(self) -> None:
        """Count a failure, and open where it is one too many."""
        self._in_a_row += 1
        self._trying = False
        if self._opened is not None or self._in_a_row >= self._failures:
            self._opened = self._clock()

    def called_off(self) -> None:
        """Count nothing: the answer was not needed any more. Another call may be tried."""
        self._trying = False
