"""Tokens join to the text they came from, whatever the script or the spacing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits.tokens import detokenise, tokenise


@given(st.text())
def test_joining_tokens_gives_the_text_back(text):
    assert detokenise(tokenise(text)) == text


@given(st.text(alphabet=" .,!?\"()[]aé手。\n\t-'“”…", max_size=30))
def test_joining_gives_the_text_back_where_punctuation_is_dense(text):
    tokens = tokenise(text)
    assert detokenise(tokens) == text
    assert all(tokens)


@given(st.lists(st.text(alphabet="abcé'-", min_size=1, max_size=8)))
def test_space_separated_words_are_the_tokens(words):
    assert [token.strip() for token in tokenise(" ".join(words))] == words


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("It 's n't .", [" It", " 's", " n't", " ."]),
        ('"Hi," (he) said...', [' "', "Hi", ',"', " (", "he", ")", " said", "..."]),
        ("the U.S., e.g.", [" the", " U.S.", ",", " e.g."]),
        ("3.5%. http://a.b/c?d", [" 3.5%", ".", " http://a.b/c?d"]),
        ("我喜欢。你呢？", [" 我", "喜", "欢", "。", "你", "呢", "？"]),
        ("iPhone手机", [" iPhone", "手", "机"]),
        ("ครับ", [" ค", "รั", "บ"]),
        ("two  spaces\n", [" two", "  spaces", "\n"]),
        ("don't well-known", [" don't", " well-known"]),
    ],
)
def test_tokens(text, tokens):
    assert tokenise(text) == tokens


@pytest.mark.parametrize("piece", ["a\u0301", "..a", "(", "a.", "x!", '"', "手."])
def test_a_very_long_token_is_split_in_linear_time(piece):
    text = piece * 40_000
    assert detokenise(tokenise(text)) == text
