"""Tokens join to the text they came from, whatever the script or the spacing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.edits.tokens import detokenise, is_surely_within, tokenise, weave


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
        ('"Hi," (he) said...', [' "', "Hi", ",", '"', " (", "he", ")", " said", "..."]),
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


PIECES = "%s %sab a@b.com {x} <b> x/y.py 手 ก้ e\u0301 \ufeff ... U.S.".split()


@given(
    st.lists(st.text(max_size=8) | st.sampled_from([*PIECES, " ", "\n\n", "ab"])).map("".join),
    st.integers(0, 12),
    st.integers(0, 12),
)
def test_a_text_that_is_surely_within_limits_is(text, most, longest):
    tokens = tokenise(text)
    if is_surely_within(text, most, longest):
        assert len(tokens) <= most
        assert max(map(len, tokens), default=0) <= longest


def test_prose_is_surely_within_limits():
    text = "Prose, as it is written.\n\n" * 40
    assert is_surely_within(text, 400, 200)
    assert not is_surely_within(text, 300, 200)
    assert not is_surely_within("a" * 200, 300, 200)


@given(st.text())
def test_weaving_the_tokens_of_one_text_gives_it_back(text):
    assert weave(tokenise(text)) == text


@settings(max_examples=300)
@given(st.lists(st.text(alphabet=" .,(a1é手-", min_size=1, max_size=6), max_size=6))
def test_weaving_tokens_of_several_texts_makes_no_new_token(texts):
    tokens = [token for text in texts for token in tokenise(text)[::2]]
    bare = {token.lstrip() for token in tokens} | {""}
    assert {token.lstrip() for token in tokenise(weave(tokens))} <= bare


def test_weaving_keeps_words_apart():
    assert weave([" say", "Hello", "!"]) == "say Hello!"
    assert weave(["Hello", " you"]) == "Hello you"
