"""Several items at the same time, results in order."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.side_by_side import side_by_side


class Work:
    """Takes as many turns of the event loop as an item says, and counts what runs at once."""

    def __init__(self):
        self.running = self.most = self.done = self.cancelled = 0

    async def __call__(self, turns):
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for _ in range(abs(turns)):
                await asyncio.sleep(0)
            if turns < 0:
                raise ValueError(turns)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        self.done += 1
        return turns


async def stream(values, error=None):
    for value in values:
        await asyncio.sleep(0)
        yield value
    if error:
        raise error


def collected(values, most, error=None):
    """Return the results, the error that ended them, and the work."""
    work, found = Work(), []

    async def run():
        async for result in side_by_side(stream(values, error), work, most):
            found.append(result)  # noqa: PERF401 - results before an error count

    try:
        asyncio.run(run())
    except (ValueError, OSError) as ended:
        return found, ended, work
    return found, None, work


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(1, 5))
def test_results_keep_their_order_and_never_more_run_at_once(values, most):
    found, ended, work = collected(values, most)
    assert (found, ended) == (values, None)
    assert work.most <= most
    assert work.running == 0


def test_several_run_at_once():
    assert collected([20] * 8, 4)[2].most == 4


@given(st.lists(st.integers(-9, 9).filter(bool), max_size=8), st.integers(1, 4))
def test_an_error_comes_after_the_results_before_it(values, most):
    found, ended, work = collected(values, most)
    first = next((i for i, value in enumerate(values) if value < 0), len(values))
    assert found == values[:first]
    assert (ended is None) == (first == len(values))
    assert work.running == 0


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(1, 4))
def test_an_error_of_the_stream_comes_after_all_results(values, most):
    found, ended, _ = collected(values, most, OSError("gone"))
    assert found == values
    assert isinstance(ended, OSError)


def test_closing_it_cancels_the_work_that_is_left():
    work = Work()

    async def run():
        made = side_by_side(stream([20, 500, 500, 500]), work, 4)
        async with aclosing(made) as results:
            async for _ in results:
                break

    asyncio.run(run())
    assert (work.done, work.running) == (1, 0)
    assert work.cancelled >= 1


def test_a_result_does_not_wait_for_the_next_item():
    async def run():
        never = asyncio.Event()

        async def items():
            yield 1
            await never.wait()

        async with aclosing(side_by_side(items(), Work(), 4)) as results:
            async with asyncio.timeout(5):
                return await anext(results)

    assert asyncio.run(run()) == 1


@pytest.mark.parametrize("most", [1, 3])
def test_nothing_to_do(most):
    assert collected([], most)[:2] == ([], None)
