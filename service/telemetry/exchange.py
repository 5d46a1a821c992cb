"""Records that telemetry receives about requests and combinations: sizes and times, no texts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ensemble.systems.spending import Spent


@dataclass(slots=True)  # not frozen: that would triple the time to create one
class Exchange:
    """A request that has been answered.

    `route` is the template of the route, "" if none matched. `began` is a time of
    `time.perf_counter`. `received` is the declared length of the body, `sent` that of the answer.
    `refused` counts the reasons for which the request, or lines of it, were refused. `parent` is
    the request's `traceparent` header. `spent` is the cost of the models that were asked, if any.
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
    spent: Spent | None = None


@dataclass(slots=True)  # not frozen: that would triple the time to create one
class SystemTiming:
    """Status, time and cost of one system; `milliseconds` is `None` if it was not asked."""

    status: str
    milliseconds: float | None
    tokens: int = 0
    cost: float = 0.0


@dataclass(slots=True)  # not frozen: that would triple the time to create one
class JudgeTiming:
    """The result of asking one judge ("ok" or its fault), the time it took, and its cost."""

    status: str
    milliseconds: float
    calls: int
    tokens: int
    cost: float


@dataclass(slots=True)  # not frozen: that would triple the time to create one
class Combined:
    """A combination: its phases as (name, beginning, end), and how far systems agreed.

    `votes` has the number of voters of each candidate, `voters` the number of systems. `judges` has
    those that were asked.
    """

    kind: str
    combiner: str
    laps: Sequence[tuple[str, float, float]]
    systems: Mapping[str, SystemTiming]
    votes: Sequence[int]
    voters: int
    judges: Mapping[str, JudgeTiming] = field(default_factory=dict)


RequestListener = Callable[[Exchange], None]
CombinedListener = Callable[[Combined], None]
