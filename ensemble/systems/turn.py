"""The turn of a system: the deadline of its answer, and whether the answer is still wanted."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Optional

from ensemble.systems.base import SystemFailure


@dataclass(slots=True)
class Turn:
    """One question to a system; `outer` is the turn of the system that asks it, if one does."""

    outer: Optional["Turn"] = None
    deadline: asyncio.Timeout | None = None
    is_abandoned: bool = False

    @property
    def is_over_time(self) -> bool:
        """Whether its deadline has passed, or that of an outer turn."""
        outer = self.outer
        ended = self.deadline is not None and self.deadline.expired()
        return ended or (outer is not None and outer.is_over_time)

    @property
    def is_wanted(self) -> bool:
        """Whether its answer is still needed, as is that of the outer turn."""
        return not self.is_abandoned and (self.outer is None or self.outer.is_wanted)


TURN: ContextVar[Turn | None] = ContextVar("TURN", default=None)
"""The turn in which the running task asks a system."""


def was_called_off() -> bool:
    """Return whether a cancelled request was called off, as not needed any more, and not slow."""
    turn = TURN.get()
    return turn is not None and not turn.is_over_time


def check_wanted() -> None:
    """Raise where the answer is not needed any more, for a system that has not begun with it.

    Raises:
        SystemFailure: it is not needed.
    """
    turn = TURN.get()
    if turn is not None and not turn.is_wanted:
        raise SystemFailure("not asked: the answer is not needed any more")
