"""The gate: what it admits, what it rejects, and that it takes no place for good."""

from contextlib import ExitStack

import pytest

from service.core.admission import INLINE, LONG, Busy, Gate, WorkGates


def test_gate_turns_away_who_finds_no_place() -> None:
    gate = Gate(2)
    with gate.enter(), gate.enter(), pytest.raises(Busy), gate.enter():
        pass
    with gate.enter(), gate.enter():
        pass


def test_gate_gives_the_place_back_after_an_error() -> None:
    gate = Gate(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), gate.enter():
            raise ZeroDivisionError


def test_gate_of_many_places_lets_in_whoever_comes_first() -> None:
    gate = Gate(10)
    with gate.enter(25):
        assert gate.taken == 25
        assert not gate.has_room(1)
        with pytest.raises(Busy), gate.enter(1):
            pass
    with gate.enter(9), gate.enter(1):
        assert not gate.has_room(1)
    assert gate.taken == 0


def test_work_of_one_size_leaves_the_room_of_others() -> None:
    gates = WorkGates(10)
    sizes = [INLINE, LONG, LONG + 1]
    with ExitStack() as stack:
        for done, size in enumerate(sizes):
            assert gates.taken == sum(sizes[:done])
            assert gates.may_have_room(11)
            stack.enter_context(gates.of(size).enter(size))
            with pytest.raises(Busy), gates.of(size).enter(size):
                pass
        assert not gates.may_have_room(1)
    assert gates.taken == 0
