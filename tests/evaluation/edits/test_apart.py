"""Words with separated parts are found wherever a search of all texts would find them."""

from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits.apart import found_apart

PARTS = st.lists(st.text("ab'", min_size=1, max_size=2), min_size=2, max_size=3)
WORDS = PARTS.flatmap(
    lambda parts: st.sampled_from([f" {hyphen} " for hyphen in "-‐"]).map(
        lambda hyphen: hyphen.join(parts)
    )
)


def test_a_word_is_found_as_a_part_of_a_longer_one():
    assert found_apart({"a - b", "b - a"}, ["xa - bx"]) == {"a - b"}


@given(st.sets(WORDS), st.lists(st.text("ab' -‐", max_size=20)))
def test_it_finds_those_that_are_in_a_text(words, texts):
    assert found_apart(words, texts) == {w for w in words if any(w in text for text in texts)}


@given(st.lists(WORDS, min_size=1), st.text("ab ", max_size=3))
def test_it_finds_those_that_a_text_is_made_of(words, between):
    assert found_apart(words, [between.join(words)]) == set(words)
