"""The pace of calls, on a clock of its own."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ensemble.systems.pace import Pace
from tests.waiting import until


class Clock:
    """A clock that goes on only where something sleeps by it."""

    now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now += seconds


def begun(per_minute: int, gaps: Sequence[int]) -> list[float]:
    """The times at which calls begin, each of which is made so long after the one before began."""
    clock = Clock()
    pace = Pace(per_minute, clock, clock.sleep)

    async def scenario() -> list[float]:
        times = []
        for gap in gaps:
            clock.now += gap
            await pace.turn()
            times.append(clock.now)
        return times

    return asyncio.run(scenario())


@given(st.integers(1, 5), st.lists(st.integers(0, 70), max_size=30))
def test_no_minute_has_more_calls_and_none_waits_longer_than_it_must(
    per_minute: int, gaps: list[int]
) -> None:
    times = begun(per_minute, gaps)
    for last, time in enumerate(times):
        assert sum(time - 60 < other <= time for other in times[: last + 1]) <= per_minute
        made = (times[last - 1] if last else Clock.now) + gaps[last]
        free = times[last - per_minute] + 60 if last >= per_minute else made
        assert time == max(made, free)


@given(st.integers(1, 5), st.integers(0, 20))
def test_calls_made_at_once_begin_in_their_order(per_minute: int, count: int) -> None:
    clock = Clock()
    pace = Pace(per_minute, clock, clock.sleep)
    order: list[tuple[int, float]] = []

    async def call(number: int) -> None:
        await pace.turn()
        order.append((number, clock.now))

    async def scenario() -> None:
        await asyncio.gather(*map(call, range(count)))

    asyncio.run(scenario())
    assert order == [(i, Clock.now + 60 * (i // per_minute)) for i in range(count)]


def test_a_call_that_is_cancelled_while_it_waits_is_not_counted() -> None:
    clock = Clock()
    asleep: list[float] = []

    async def sleep(seconds: float) -> None:
        asleep.append(seconds)
        await asyncio.Event().wait()

    async def scenario() -> None:
        pace = Pace(1, clock, sleep)
        await pace.turn()
        waiting = asyncio.create_task(pace.turn())
        await until(lambda: asleep == [60])
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        clock.now += 60
        await pace.turn()

    asyncio.run(scenario())
    assert asleep == [60]
