"""Candidates: who voted for what, and where it stands in the source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect
from ensemble.candidates.answers import is_answer
from evaluation.edits.tokens import tokenise
from evaluation.records import Segment

SENTENCE = st.lists(st.sampled_from("a an the cat Cat cats sat , . ! on".split()), max_size=9).map(
    " ".join
)


def test_an_edit_has_all_its_voters_and_its_place_in_tokens_and_characters():
    source = "He  go home."
    hypotheses = {"b": "He  goes home.", "a": "He  goes home!", "c": source, "d": None}
    ballot = collect(Segment(source, hypotheses), "edits")
    assert ballot.systems == ("a", "b", "c")
    verb, stop = ballot.candidates
    assert (verb.edit.start, verb.edit.end) == (1, 2)
    assert (verb.original, verb.replacement, verb.voters) == ("go", "goes", ("a", "b"))
    assert source[verb.offset : verb.offset + verb.length] == "go"
    assert (stop.original, stop.replacement, stop.type, stop.voters) == (
        ".",
        "!",
        "R:PUNCT",
        ("a",),
    )


def test_an_insertion_stands_behind_the_word_before_it():
    (candidate,) = collect(Segment("I like it", {"a": "I really like it"}), "edits").candidates
    assert (candidate.offset, candidate.length) == (1, 0)
    assert (candidate.original, candidate.replacement) == ("", " really")


def test_a_change_of_spacing_alone_shows_the_spacing():
    (candidate,) = collect(Segment("end .", {"a": "end."}), "edits").candidates
    assert (candidate.original, candidate.replacement) == (" .", ".")


def test_texts_and_labels_are_whole():
    segment = Segment("bonjour le monde", {"a": "fr", "b": "fr", "c": "it"})
    french, italian = collect(segment, "labels").candidates
    assert (french.replacement, french.voters, french.type) == ("fr", ("a", "b"), "label")
    assert (french.edit.start, french.edit.end, french.length) == (0, 3, len(segment.source))
    assert italian.voters == ("c",)


@given(st.text(min_size=1), st.lists(st.text(), min_size=1, max_size=4))
def test_what_is_shown_is_what_stands_in_the_source(source, texts):
    segment = Segment(source, {f"s{i}": text for i, text in enumerate(texts)})
    ballot = collect(segment, "edits")
    for candidate in ballot.candidates:
        shown = source[candidate.offset : candidate.offset + candidate.length]
        assert shown == candidate.original
        assert 0 <= candidate.edit.start <= candidate.edit.end <= len(tokenise(source))


@pytest.mark.parametrize(
    ("source", "hypothesis", "offset", "original", "replacement"),
    [
        ("I go home .", "I went home .", 2, "go", "went"),
        ("I go school .", "I go to school .", 4, "", " to"),
        ("I go school.", "Yesterday I go school.", 0, "", "Yesterday "),
        ("I like the apples.", "I like apples.", 6, " the", ""),
        ("Well I know", "I know", 0, "Well ", ""),
        ("However I know", "However, I know", 7, "", ","),
        ("end .", "end.", 3, " .", "."),
        ("", "Hello", 0, "", "Hello"),
    ],
)
def test_a_candidate_is_a_change_of_characters(source, hypothesis, offset, original, replacement):
    (found,) = collect(Segment(source, {"a": hypothesis}), "edits").candidates
    assert (found.offset, found.original, found.replacement) == (offset, original, replacement)


@given(SENTENCE, SENTENCE)
def test_making_the_changes_from_the_last_to_the_first_gives_the_text(source, hypothesis):
    text = source
    for candidate in reversed(collect(Segment(source, {"a": hypothesis}), "edits").candidates):
        end = candidate.offset + candidate.length
        text = text[: candidate.offset] + candidate.replacement + text[end:]
    # White space may differ where the first words of a text are changed one by one.
    assert text.split() == (hypothesis if is_answer(source, hypothesis) else source).split()
