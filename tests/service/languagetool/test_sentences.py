"""Where sentences are: examples, and that nothing but white space is between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.languagetool.sentences import spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \r\n\t", []),
        ("One", ["One"]),
        ("One. Two? Three! Four", ["One.", "Two?", "Three!", "Four"]),
        ("One.\r\nTwo\n\n  three  \u2028four", ["One.", "Two", "three", "four"]),
        ('He said "Go." Then he left.', ['He said "Go."', "Then he left."]),
        ("Really?! Yes... No.", ["Really?!", "Yes...", "No."]),
        ("He asked why? and left.", ["He asked why? and left."]),
        ("Mr. Smith met Dr. No. They spoke.", ["Mr. Smith met Dr. No.", "They spoke."]),
        ("J. R. R. Tolkien wrote it.", ["J. R. R. Tolkien wrote it."]),
        ("The U.S. Army came.", ["The U.S. Army came."]),
        ("It was I. He left.", ["It was I.", "He left."]),
        ("It costs 3.14 EUR. Cheap.", ["It costs 3.14 EUR.", "Cheap."]),
        ("See example.com. Now.", ["See example.com.", "Now."]),
        ("你好。再见！好", ["你好。", "再见！", "好"]),
        ("Ωραία. Έλα. Ну да. Вот.", ["Ωραία.", "Έλα.", "Ну да.", "Вот."]),
        ("One. \N{RED APPLE} Two.", ["One.", "\N{RED APPLE} Two."]),
    ],
)
def test_examples(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet=st.sampled_from("aB. !?\r\n\"')。 \u2028\x85\x1c\u0301\N{RED APPLE}")))
def test_they_are_all_of_the_text_in_order(text: str) -> None:
    reached = 0
    for start, end in spans(text):
        assert reached <= start < end
        assert not text[reached:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert len(text[start:end].splitlines()) == 1
        reached = end
    assert not text[reached:].strip()


@pytest.mark.slow
@pytest.mark.parametrize("part", [".", ". ", '."', ".)", " .", "?!", ". A", "a."])
def test_however_many_marks_there_are_each_is_looked_at_once(part: str) -> None:
    text = part * 200_000  # where it were not so this would take hours, and stops at the timeout
    assert sum(end - start for start, end in spans(text)) <= len(text)
