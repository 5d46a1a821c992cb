"""Planted errors: of every kind, apart from each other, and the same for the same seed."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.errors import KINDS
from benchmarks.planting import plant
from benchmarks.prose import sentences

EXAMPLES = {
    "misspelling": ("I receive it.", "I recieve it."),
    "capital": ("Now it rains.", "now it rains."),
    "apostrophe": ("They don't.", "They dont."),
    "article": ("It is an egg.", "It is a egg."),
    "missing article": ("It is the end.", "It is end."),
    "agreement": ("He goes home.", "He go home."),
    "to be": ("They were late.", "They was late."),
    "past tense": ("She bought it.", "She buyed it."),
    "number": ("It took three weeks.", "It took three week."),
    "doubled": ("So he ran.", "So he he ran."),
    "missing comma": ("Yes, it does.", "Yes it does."),
    "superfluous comma": ("He says that it is.", "He says that, it is."),
    "confusion": ("Is it Their cat?", "Is it There cat?"),
    "joined": ("A lot of it.", "Alot of it."),
}


@pytest.mark.parametrize(("kind", "pair"), EXAMPLES.items())
def test_every_kind_makes_its_error(kind, pair):
    right, wrong = pair
    places = KINDS[kind](right, random.Random(0))
    assert wrong in [right[: p.start] + p.wrong + right[p.end :] for p in places]


def test_there_is_no_kind_without_an_example():
    assert set(KINDS) == {*EXAMPLES, "spelling"}


@given(st.integers(0, 10_000))
def test_a_misspelt_word_keeps_its_first_letter_and_nearly_its_length(seed):
    for place in KINDS["spelling"]("Three little words", random.Random(seed)):
        right = "Three little words"[place.start : place.end]
        assert place.wrong[0] == right[0]
        assert abs(len(place.wrong) - len(right)) <= 1


SENTENCE = "Yesterday, they went to the station because it was an interesting place, I think."


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_what_is_planted_is_known(seed, most):
    planted = plant(SENTENCE, random.Random(seed), most)
    assert planted == plant(SENTENCE, random.Random(seed), most)
    assert planted.target == SENTENCE
    assert 1 <= len(planted.kinds) <= most
    assert set(planted.kinds) <= set(KINDS)


@given(st.text())
def test_any_text_may_be_planted_in(text):
    planted = plant(text, random.Random(0))
    assert planted.target == text
    assert bool(planted.kinds) >= (planted.source != text)


def test_the_two_sets_of_sentences_share_none():
    pytest.importorskip("nltk")
    first, again, other = (sentences(number, 300, 1) for number in (0, 0, 1))
    assert first == again
    assert len({*first, *other}) == 600
    assert all(text[0].isupper() and text[-1] in ".?!" for text in first + other)
