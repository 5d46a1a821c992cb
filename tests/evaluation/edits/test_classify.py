"""Edit types from surface evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits.align import align
from evaluation.edits.classify import TYPES, classify
from evaluation.edits.tokens import tokenise
from evaluation.records import Edit


@pytest.mark.parametrize(
    ("before", "after", "type_"),
    [
        ("", ",", "M:PUNCT"),
        (".", "", "U:PUNCT"),
        (",", ";", "R:PUNCT"),
        ("", "the", "M:FUNC"),
        ("of", "", "U:FUNC"),
        ("in", "at", "R:FUNC"),
        ("have been", "was", "R:FUNC"),
        ("", "house", "M:OTHER"),
        ("very beautiful", "", "U:OTHER"),
        ("i", "I", "R:CASE"),
        ("every thing", "everything", "R:SPACE"),
        ("well known", "well-known", "R:SPACE"),
        ("it is", "is it", "R:WO"),
        ("dont", "don't", "R:SPELL"),
        ("walk", "walked", "R:STEM"),
        ("studies", "study", "R:STEM"),
        ("recieve", "receive", "R:SPELL"),
        ("Definately", "definitely", "R:SPELL"),
        ("thier", "their", "R:SPELL"),
        ("goverment", "government", "R:SPELL"),
        ("runing", "running", "R:SPELL"),
        ("your", "you're", "R:FUNC"),
        ("go", "goes", "R:STEM"),
        ("", "'s", "M:FUNC"),
        ("big", "house", "R:OTHER"),
        ("contamination", "pollution", "R:OTHER"),
        ("我", "你", "R:OTHER"),
    ],
)
def test_types(before, after, type_):
    source = tokenise(before)
    assert classify(source, Edit(0, len(source), tuple(tokenise(after)))) == type_


def test_respacing_alone_is_spacing():
    source = tokenise("end .")
    (edit,) = align(source, tokenise("end."))
    assert classify(source, edit) == "R:SPACE"


@given(st.text(), st.text())
def test_every_edit_of_any_two_texts_has_a_known_type(source, hypothesis):
    tokens = tokenise(source)
    for edit in align(tokens, tokenise(hypothesis)):
        assert classify(tokens, edit) in TYPES
