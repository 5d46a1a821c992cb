"""The circuit breaker, on a clock of its own."""

from hypothesis import given
from hypothesis import strategies as st

from ensemble.systems.circuit_breaker import Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_waits_and_tries_one() -> None:
    clock = Clock()
    breaker = Breaker(3, 30, clock)
    for _ in range(3):
        assert breaker.circuit == "closed"
        assert breaker.admit()
        breaker.failed()
    assert (breaker.circuit, breaker.admit(), breaker.wait_s) == ("open", False, 30)
    clock.now += 30
    assert breaker.circuit == "half-open"
    assert [breaker.admit(), breaker.admit()] == [True, False]
    breaker.failed()
    assert (breaker.circuit, breaker.admit()) == ("open", False)
    clock.now += 30
    assert breaker.admit()
    breaker.succeeded()
    assert (breaker.circuit, breaker.admit(), breaker.admit()) == ("closed", True, True)


def test_a_success_between_starts_the_count_anew() -> None:
    breaker = Breaker(2, 30, Clock())
    for _ in range(5):
        breaker.failed()
        breaker.succeeded()
    assert breaker.circuit == "closed"


def test_a_call_that_is_called_off_counts_for_nothing() -> None:
    clock = Clock()
    breaker = Breaker(2, 30, clock)
    breaker.failed()
    breaker.called_off()
    assert breaker.circuit == "closed"
    breaker.failed()
    clock.now += 30
    assert breaker.admit()
    breaker.called_off()
    assert (breaker.circuit, breaker.admit(), breaker.admit()) == ("half-open", True, False)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 20)), max_size=40))
def test_it_never_stays_shut_for_good(fates: list[tuple[bool, float]]) -> None:
    clock = Clock()
    breaker = Breaker(2, 10, clock)
    for fine, seconds in fates:
        if breaker.admit():
            (breaker.succeeded if fine else breaker.failed)()
        clock.now += seconds
    clock.now += 10
    assert breaker.admit()
