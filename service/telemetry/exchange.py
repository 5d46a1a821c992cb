"""What telemetry is told: one request and its answer, one combination; sizes and times, no text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(slots=True)  # not frozen: that would take three times as long to make
class Exchange:
    """A request that has been answered.

    `route` is the template, "" where there is none. `began` is in the seconds of
    `time.perf_counter`; `received` is the length of the body as declared, `sent` as sent; `refused`
    says why it was, or lines of it were, and how often. `parent` is the `traceparent` that came
    with it.
    """

    id: str
    method: str
    route: str
    status: int
    began: float
    seconds: float
    key_id: str
    received: int
    sent: int
    refused: Mapping[str, int]
    parent: str


@dataclass(slots=True)  # not frozen: that would take three times as long to make
class Asked:
    """A system's part in a combination; `milliseconds` is `None` where it was not asked."""

    status: str
    milliseconds: float | None


@dataclass(slots=True)  # not frozen: that would take three times as long to make
class Combined:
    """A combination: its phases as (name, beginning, end), and who agreed with whom.

    `votes` has the number of voters of each candidate, `voters` how many systems there were.
    """

    kind: str
    combiner: str
    laps: Sequence[tuple[str, float, float]]
    parts: Mapping[str, Asked]
    votes: Sequence[int]
    voters: int


Heard = Callable[[Exchange], None]
Watched = Callable[[Combined], None]
