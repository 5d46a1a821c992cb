"""The turn of a system knows whether a cancelled request was too slow, or only not needed."""

import asyncio

import pytest

from ensemble.systems import SystemFailure
from ensemble.systems.turn import TURN, Turn, check_wanted, was_called_off


@pytest.fixture
def inner() -> Turn:
    """The turn of a system within a system."""
    return Turn(Turn())


def test_outside_of_any_turn_a_cancelled_request_counts() -> None:
    assert not was_called_off()
    check_wanted()


@pytest.mark.parametrize("is_outer", [False, True])
def test_a_request_that_ran_out_of_time_was_not_called_off(inner: Turn, is_outer: bool) -> None:
    async def scenario() -> tuple[bool, bool]:
        TURN.set(inner)
        before = was_called_off()
        turn = inner.outer if is_outer else inner
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0) as turn.deadline:
                await asyncio.Event().wait()
        return before, was_called_off()

    assert asyncio.run(scenario()) == (True, False)


@pytest.mark.parametrize("is_outer", [False, True])
def test_an_answer_that_is_not_needed_any_more_is_not_begun(inner: Turn, is_outer: bool) -> None:
    async def scenario() -> None:
        TURN.set(inner)
        check_wanted()
        (inner.outer if is_outer else inner).is_abandoned = True
        check_wanted()

    with pytest.raises(SystemFailure, match="not needed any more"):
        asyncio.run(scenario())
