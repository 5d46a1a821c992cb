"""Alignment: the edits rebuild the hypothesis, never overlap, and are the ones a reader sees."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits.align import MAX_TOKENS, align, apply
from evaluation.edits.tokens import detokenise, tokenise
from evaluation.records import Edit

WORDS = st.lists(st.sampled_from("a an the The cat cats sat , . on mat -".split()), max_size=12)


def words(source: str, hypothesis: str) -> list[tuple[int, int, str]]:
    return [
        (e.start, e.end, " ".join(e.replacement)) for e in align(source.split(), hypothesis.split())
    ]


@given(st.text(), st.text())
def test_applying_the_edits_gives_the_hypothesis_for_any_two_texts(source, hypothesis):
    tokens = tokenise(source)
    edits = align(tokens, tokenise(hypothesis))
    assert detokenise(apply(tokens, edits)) == hypothesis


@given(WORDS, WORDS)
def test_edits_are_in_order_apart_and_change_something(source, hypothesis):
    edits = align(source, hypothesis)
    assert apply(source, edits) == hypothesis
    assert edits == sorted(edits)
    for left, right in pairwise(edits):
        assert left.end <= right.start
        assert (left.start, left.end) != (right.start, right.end)
    for start, end, replacement in edits:
        assert tuple(source[start:end]) != replacement


@given(WORDS)
def test_equal_texts_have_no_edits(source):
    assert align(source, list(source)) == []


@given(WORDS, WORDS)
def test_ties_are_broken_the_same_way_every_time(source, hypothesis):
    assert align(source, hypothesis) == align(tuple(source), tuple(hypothesis))


def test_long_texts_that_share_nothing_or_little_are_rebuilt_too():
    source = [f"w{i % 97}" for i in range(2000)]
    for hypothesis in (source[::-1], source[500:] + source[:500], [f"x{i}" for i in range(2000)]):
        assert apply(source, align(source, hypothesis)) == hypothesis


def test_a_text_over_the_cap_is_refused_with_the_limit():
    with pytest.raises(ValueError, match=f"{MAX_TOKENS + 1} tokens; at most {MAX_TOKENS}"):
        align(["a"] * (MAX_TOKENS + 1), ["a"])


@pytest.mark.parametrize(
    ("source", "hypothesis", "edits"),
    [
        ("a cat sat", "a cat sat", []),
        ("He go home", "He goes home", [(1, 2, "goes")]),
        ("I like apple", "I like the apple", [(2, 2, "the")]),
        ("I like the the apple", "I like the apple", [(3, 4, "")]),
        # One word for one word stays two edits; a phrase for a word is one.
        ("he have went", "she has gone", [(0, 1, "she"), (1, 2, "has"), (2, 3, "gone")]),
        ("I watch birds", "I look at birds", [(1, 2, "look at")]),
        # A comma is an edit of its own, whatever happens beside it.
        ("However he fial", "However , he fails", [(1, 1, ","), (2, 3, "fails")]),
        # A new sentence: the stop goes with the capital.
        ("fine , it is", "fine . It is", [(1, 3, ". It")]),
        ("The dog barked", "Dog barked", [(0, 2, "Dog")]),
        # Joined, split, hyphenated.
        ("the sub - way is", "the subway is", [(1, 4, "subway")]),
        ("every thing is", "everything is", [(0, 2, "everything")]),
        # The same words in another order are one edit.
        ("what it is about", "what is it about", [(1, 3, "is it")]),
        ("I you only can help", "I only you can help", [(1, 3, "only you")]),
    ],
)
def test_edits_are_the_ones_a_reader_sees(source, hypothesis, edits):
    assert words(source, hypothesis) == edits


def test_in_a_rewritten_stretch_several_words_are_not_one_look_alike():
    source = ["walked", "walker"] + [f"a{i}" for i in range(25)]
    hypothesis = [f"b{i}" for i in range(24)]
    (edit,) = align(source, hypothesis)
    assert (edit.start, edit.end) == (0, len(source))


def test_a_word_keeps_its_identity_at_the_start_of_a_text():
    edits = align(tokenise("world"), tokenise("hello world"))
    assert edits == [Edit(0, 0, (" hello",))]


def test_a_text_of_one_word_over_and_over_is_aligned_with_a_short_one():
    tokens = tokenise("word " * 4000)
    edits = align(tokens, tokenise("x"))
    assert apply(tokens, edits) == tokenise("x")
