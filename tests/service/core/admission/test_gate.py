"""The gate: what it admits, what it rejects, and that it takes no place for good."""

import pytest

from service.core.admission import Busy, Gate


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
