"""What is refused, just over the limit and not just under it."""

import pytest

from service.core.limits import LONGEST_TOKEN, Busy, Gate, Refused, check_text
from tests.raising import raises_code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ".join(["word"] * 4096),
        "语" * 4096,
        "a" * (LONGEST_TOKEN - 1),
        "\u0301" * (LONGEST_TOKEN - 1),
    ],
)
def test_text_within_the_limits(text: str) -> None:
    check_text(text, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" ".join(["word"] * 4097), "has 4097 tokens; the limit is 4096"),
        ("语" * 4098, "4098 tokens"),
        ("a" * (LONGEST_TOKEN + 1), "a token of 1002 characters; the limit is 1000"),
        ("one e" + "\u0301" * 40_000 + " two", "a token of 40002 characters"),
        (" " * 2000 + "a", "a token of 2002 characters"),
    ],
)
def test_text_beyond_the_limits(text: str, words: str) -> None:
    with raises_code("text-too-long", Refused) as refusal:
        check_text(text, ["outputs", "a"])
    assert words in str(refusal.value)
    assert refusal.value.path == ("outputs", "a")


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
