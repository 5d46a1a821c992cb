"""What all written forms of a token have in common."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits.glyphs import fold, key, plain


@pytest.mark.parametrize(
    "forms",
    [
        ["don't", "don’t", "donʼt", " don't", "don＇t"],
        ['"', "“", "”", "„", "«", "»"],
        ["-", "–", "—", "--", "‑"],
        ["...", "…"],
        ["café", "cafe\u0301"],
        ["have", "have\u200b", "\ufeffhave", "ha\u00adve"],
    ],
)
def test_forms_of_one_token_have_one_key(forms):
    assert len(set(map(key, forms))) == 1


@given(st.text())
def test_canonically_equivalent_texts_have_one_key(text):
    assert key(unicodedata.normalize("NFD", text)) == key(unicodedata.normalize("NFC", text))
    assert fold(text) == fold(key(text))


@given(st.text())
def test_plain_glyphs_keep_every_place(text):
    assert len(plain(text)) == len(text)


def test_capitals_tell_keys_apart_and_folds_not():
    assert key("I") != key("i")
    assert fold("I") == fold("i")


def test_what_is_nothing_but_invisible_is_known_by_itself():
    assert key("\u200b") == "\u200b"
