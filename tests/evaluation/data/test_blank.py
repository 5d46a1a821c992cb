"""A text is blank if it shows nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.blank import is_blank
from evaluation.testing import BLANK


@pytest.mark.parametrize("text", [*BLANK, "\n\r\t", "\u202e\u202c", "\u034f", "\u115f\uffa0"])
def test_a_text_that_shows_nothing_is_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "0", ".", "\u4f60", "\u200ba", " - ", "\U0001f600", "_"])
def test_a_text_with_a_visible_character_is_not(text):
    assert not is_blank(text)


@given(st.text(max_size=8), st.lists(st.sampled_from(BLANK), max_size=3).map("".join))
def test_what_shows_nothing_makes_no_difference(text, blank):
    assert is_blank(text + blank) == is_blank(blank + text) == is_blank(text)
    if text.strip() == "":
        assert is_blank(text)
