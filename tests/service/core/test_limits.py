"""What is refused, just over the limit and not just under it."""

import pytest

from service.core.limits import LONGEST_TOKEN, Refused, check_text
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
