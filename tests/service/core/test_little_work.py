"""Little work: done once and rightly, on the event loop or in a process."""

import asyncio
import multiprocessing
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core import little_work
from service.core.admission import INLINE
from service.core.little_work import LittleWork
from tests.little import Runner, others, place, started, together

pytestmark = pytest.mark.usefixtures("steady")


class OfTwoError(Exception):
    """An error that is not made again by its one argument."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"{what} in {where}")


def fail(number: int) -> None:
    raise ValueError(number)


def fail_in_two() -> None:
    raise OfTwoError("a fault", "this")


def unsendable() -> Any:
    return lambda: 1


def too_large() -> int:
    """Need more memory than a process may have, but this one."""
    if multiprocessing.parent_process():
        raise MemoryError
    return 1


def test_one_alone_is_done_on_the_event_loop(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            for _ in range(3):
                assert await little.run(os.getpid, 1) == os.getpid()

    run(play())


def test_of_some_that_come_together_others_are_done_in_the_process(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            answers = await together(little, [partial(place, i) for i in range(6)])
            assert [number for number, _ in answers] == list(range(6))
            places = [process for _, process in answers]
            assert places[0] == os.getpid()
            assert os.getpid() not in places[1:]
            assert len(set(places)) == 2

    run(play())


def test_each_gets_its_own_error(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            functions = [partial(fail if i % 2 else place, i) for i in range(8)]
            for i, answer in enumerate(await together(little, functions)):
                assert answer.args == (i,) if i % 2 else answer[0] == i

    run(play())


@pytest.mark.parametrize(("units", "most"), [(1_000, 10), (4_000, 2), (INLINE, 1)])
def test_the_process_is_sent_a_limited_amount(units: int, most: int) -> None:
    async def play() -> None:
        async with started() as little:
            answers = await together(little, [os.getpid] * 100, units)
            assert len(answers) - answers.count(os.getpid()) == most
            large = [partial(len, "x" * 9_000)] * 5
            assert await together(little, large, 1) == [9_000] * 5

    asyncio.run(play())


def test_what_cannot_be_sent_is_done_on_the_event_loop(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            assert await together(little, [lambda: 1] * 3) == [1] * 3
            mixed = await together(little, [os.getpid, lambda: 1, os.getpid])
            assert mixed[1] == 1
            assert mixed[2] != os.getpid()

    run(play())


def test_a_result_or_error_that_cannot_be_sent_is_found_on_the_event_loop(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            results = await together(little, [unsendable] * 3)
            assert [result() for result in results] == [1, 1, 1]
            assert await together(little, [too_large] * 3) == [1] * 3
            errors = await together(little, [fail_in_two] * 3)
            assert [str(error) for error in errors] == ["a fault in this"] * 3
            assert len(await others(little)) == 1

    run(play())


def test_a_caller_that_leaves_disturbs_no_other(run: Runner) -> None:
    async def play() -> None:
        async with started() as little:
            calls = [asyncio.create_task(little.run(partial(place, i), 1)) for i in range(6)]
            await asyncio.sleep(0)  # all have arrived
            calls[1].cancel()
            await asyncio.sleep(0)  # the others are sent
            calls[2].cancel()
            answers = await asyncio.gather(*calls, return_exceptions=True)
            assert [isinstance(a, asyncio.CancelledError) for a in answers] == [
                False, True, True, False, False, False,
            ]  # fmt: skip
            assert [a[0] for a in answers if isinstance(a, tuple)] == [0, 3, 4, 5]

    run(play())


def test_without_a_second_core_all_is_done_on_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(little_work, "cores", lambda: 1)

    async def play() -> None:
        async with started() as little:
            assert set(await together(little, [os.getpid] * 4)) == {os.getpid()}

    asyncio.run(play())


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[asyncio.Runner, LittleWork]]:
    """Little work for all examples of Hypothesis, and the loop that it runs on."""
    with asyncio.Runner() as loop:
        context = started()
        yield loop, loop.run(context.__aenter__())
        loop.run(context.__aexit__(None, None, None))


@given(st.lists(st.tuples(st.integers(0, INLINE), st.integers(0, 3)), max_size=30))
def test_any_calls_have_the_results_they_would_have_alone(
    shared: tuple[asyncio.Runner, LittleWork], calls: list[tuple[int, int]]
) -> None:
    loop, little = shared

    async def one(number: int, units: int, turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return (await little.run(partial(place, number), units))[0]

    async def play() -> list[int]:
        return await asyncio.gather(*(one(i, *call) for i, call in enumerate(calls)))

    assert loop.run(play()) == list(range(len(calls)))
