"""The gate that admits work up to a limit and rejects the rest."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from evaluation.errors import ConsortError
from service.core.admission.work import INLINE, LONG


class Busy(ConsortError):  # noqa: N818 - a state, not a fault
    """The service is at capacity; the same request may succeed later."""

    code = "queue-full"

    def __init__(self) -> None:
        super().__init__("the service is at capacity; retry later")


class Gate:
    """Admits work up to a number of slots and rejects the rest, so that nothing queues up.

    A caller may take several slots; an idle gate admits a request of any size.
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._taken = 0
        self._callers = 0

    @property
    def taken(self) -> int:
        """Slots in use."""
        return self._taken

    def has_room(self, slots: int) -> bool:
        """Whether a caller for this many slots would be admitted now."""
        return not self._callers or self._taken + slots <= self._slots

    async def wait_for_room(self, slots: int, interval_s: float) -> None:
        """Wait until `slots` are free, looking every `interval_s`.

        A caller that then enters before it awaits anything else is admitted.
        """
        while not self.has_room(slots):
            await asyncio.sleep(interval_s)

    @contextmanager
    def enter(self, slots: int = 1) -> Iterator[None]:
        """Take slots for as long as the context lasts.

        Raises:
            Busy: they are not free.
        """
        if not self.has_room(slots):
            raise Busy
        self._taken += slots
        self._callers += 1
        try:
            yield
        finally:
            self._taken -= slots
            self._callers -= 1


class WorkGates:
    """The gates of little work, which may be done on the event loop, of more, and of long work.

    Each admits the same number of units, so that none of the three takes the room of another.
    """

    def __init__(self, units: int) -> None:
        self._gates = {most: Gate(units) for most in (INLINE, LONG, inf)}

    @property
    def taken(self) -> int:
        """Units of work that is done or waits."""
        return sum(gate.taken for gate in self._gates.values())

    def of(self, units: int) -> Gate:
        """Return the gate of work of this many units."""
        return next(gate for most, gate in self._gates.items() if units <= most)

    def may_have_room(self, characters: int) -> bool:
        """Whether texts of this many characters may be admitted now, whatever work they are."""
        return any(gate.has_room(characters) for gate in self._gates.values())
