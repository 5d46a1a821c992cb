"""Word by word: each edit is one word or one insertion, and applying all gives the other text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits.align import MAX_TOKENS, apply
from evaluation.edits.align_words import WordAligner
from evaluation.edits.tokens import tokenise
from evaluation.errors import InputError
from evaluation.records import Edit

TEXT = st.one_of(
    st.lists(st.sampled_from("a A b B cat , .".split()), max_size=8).map(" ".join),
    st.text("aB 中\n.", max_size=10),
)


@given(source=TEXT, hypothesis=TEXT)
def test_applied_to_the_source_the_edits_give_the_other_text(source, hypothesis):
    before, after = tokenise(source), tokenise(hypothesis)
    edits = WordAligner(before).edits(after)
    assert apply(before, edits) == after
    assert edits == sorted(edits)
    for start, end, replacement in edits:
        assert (end - start, len(replacement)) in [(1, 0), (1, 1)] or start == end


def test_words_that_change_together_are_several_edits_and_a_capital_is_one():
    edits = WordAligner(tokenise("the old cat sat")).edits(tokenise("The new dog sat down now"))
    assert edits == [
        Edit(0, 1, (" The",)),
        Edit(1, 2, (" new",)),
        Edit(2, 3, (" dog",)),
        Edit(4, 4, (" down", " now")),
    ]


def test_a_text_that_is_too_long_is_refused():
    long = tokenise("a " * (MAX_TOKENS + 1))
    with pytest.raises(InputError, match="at most"):
        WordAligner(long)
    with pytest.raises(InputError, match="at most"):
        WordAligner(["a"]).edits(long)
