"""The unit of work, where work is done, and the work that is refused as too much."""

from collections.abc import Sequence

from service.core.limits import Refused

SECOND = 1_000_000
"""The units of one second."""

INLINE = 10_000
"""Work up to this many units may be done on the event loop, by `service.core.little_work`.

A process takes about 1,000 to be asked. Other requests wait for work on the event loop, so this
bounds the stalls of the service.
"""

LONG = 250_000
"""Work of more units leaves a process free for the others, however much of it there is."""

MOST_OFF = 3
"""How many times as long as estimated the work takes at most, or as short."""


def check_work(units: float, deadline_s: float, path: Sequence[str | int]) -> None:
    """Refuse work that would not be done by its deadline, however far off the estimate is.

    Raises:
        Refused: it takes longer.
    """
    seconds = units / SECOND
    if seconds > MOST_OFF * deadline_s:
        detail = f"takes about {seconds:.3g} s of work; the limit is {deadline_s:g} s"
        raise Refused("too-many", path, detail)
