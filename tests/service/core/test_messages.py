"""Messages between processes: a value comes back as it was, or cannot be sent."""

import pickle
from functools import partial
from operator import truediv

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from service.core.messages import Unsendable, outcome, pickled, result_in, unpickled

VALUES = st.recursive(
    st.none() | st.integers() | st.text() | st.binary(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
)


class Fragile:
    """A value that raises `error` when it is pickled, or when it is made again."""

    def __init__(self, error: type[Exception], before: bool) -> None:
        self.error, self.before = error, before

    def __getstate__(self) -> dict[str, object]:
        if self.before:
            raise self.error
        return vars(self)

    def __setstate__(self, state: dict[str, object]) -> None:
        raise state["error"]  # type: ignore[misc]


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    assert unpickled(pickled(value)) == value
    assert result_in(outcome(pickled(partial(list, [value])))) == [value]


def test_a_tensor_can_be_read_any_number_of_times() -> None:
    message = pickled(torch.arange(3))
    assert [unpickled(message).tolist() for _ in range(3)] == [[0, 1, 2]] * 3


def test_an_error_comes_back() -> None:
    with pytest.raises(ZeroDivisionError):
        result_in(outcome(pickled(partial(truediv, 1, 0))))


@pytest.mark.parametrize("error", [OSError, RuntimeError, TypeError, pickle.PicklingError])
def test_other_values_cannot_be_sent(error: type[Exception]) -> None:
    with pytest.raises(Unsendable):
        pickled(Fragile(error, before=True))
    with pytest.raises(Unsendable):
        unpickled(pickled(Fragile(error, before=False)))
    with pytest.raises(Unsendable):
        result_in(outcome(pickled(partial(Fragile, error, before=True))))
    with pytest.raises(Unsendable):
        result_in(outcome(pickled(partial(Fragile, error, before=False))))


@pytest.mark.parametrize("before", [True, False])
def test_too_little_memory_is_no_property_of_a_value(before: bool) -> None:
    value = Fragile(MemoryError, before)
    with pytest.raises(MemoryError):
        unpickled(pickled(value))
    with pytest.raises(MemoryError):
        result_in(outcome(pickled(partial(Fragile, MemoryError, before))))
