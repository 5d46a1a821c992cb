"""Types of edits in words."""

import pytest

from evaluation.edits.classify import TYPES
from evaluation.edits.type_words import in_words


@pytest.mark.parametrize("type_", TYPES)
def test_every_surface_type_has_words(type_):
    operation, _, kind = in_words(type_).partition(": ")
    assert operation == {"M": "missing", "U": "unnecessary", "R": "replaced"}[type_[0]]
    assert kind


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        ("U:FUNC", "unnecessary: function words"),
        ("R:VERB:SVA", "replaced: agreement of verb and subject"),
        ("M:NOUN:POSS", "missing: possessive of a noun"),
        ("all", ""), ("edit", ""), ("X:NOUN", ""), ("R:", ""), ("label R:NOUN", ""),
    ],
)  # fmt: skip
def test_words(type_, words):
    assert in_words(type_) == words
