"""The convention of the source, and what other conventions are there."""

import pytest

from evaluation.edits.align import align, apply
from evaluation.edits.spacing import Convention, style_of
from evaluation.edits.tokens import detokenise, tokenise


def in_convention(source: str, text: str, *others: str) -> str:
    """Return what `text` makes of `source`, as the source is spaced."""
    convention = Convention.of(source, [text, *others])
    tokens = tokenise(source)
    edits = (
        convention.respaced(edit, tokens) for edit in align(tokens, tokenise(convention.read(text)))
    )
    return detokenise(apply(tokens, [edit for edit in edits if edit is not None]))


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("I like it.", "running"),
        ("I like it .", "tokenised"),
        ("Yes, I do", "running"),
        ("Yes , I do", "tokenised"),
        ("no marks at all", None),
        ("Yes , I do.", None),
        ("Hello ,world", None),
        ("I live in the U.S.", None),
        ("", None),
    ],
)
def test_how_punctuation_is_spaced(text, style):
    assert style_of(text) == style


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        # Running text, and an output of tokens: only what else it changes is left.
        ("I like it.", "I like it .", "I like it."),
        ("I like it.", "I really like it .", "I really like it."),
        ("I dont know.", "I do n't know .", "I don't know."),
        ("A well known man.", "A well - known man .", "A well-known man."),
        ("Come here please.", "Come here .", "Come here."),
        ("I like it (a lot).", "I love it ( a lot ) .", "I love it (a lot)."),
        # Tokens, and an output of running text.
        ("I like it .", "I like it.", "I like it ."),
        ("I dont like it .", "I don't like it.", "I don't like it ."),
        ("I do n't like it , dont you ?", "I don't like it, don't you?",
         "I do n't like it , do n't you ?"),
        # Marks that lean on a word there: at its left, or two of them on each other.
        ("I have # 5 and £ 12 .", "I had #5 and £12.", "I had # 5 and £ 12 ."),
        ("It was fun ! :/", "It is fun!:/", "It is fun ! :/"),
        ('He sad:"Go on " .', 'He said: "Go on".', 'He said : " Go on " .'),
        # White space that parts the same words is the source's.
        ("I has  a apple.", "I have an apple.", "I have  an apple."),
        ("one\ttwo\nthree.", "one two four.", "one\ttwo\nfour."),
        ("I like it.", "I\u00a0like\u00a0it.", "I like it."),
        # A space that parts words, or joins them, is a change.
        ("Hello ,world.", "Hello, world.", "Hello, world."),
        ("我喜欢 你。", "我喜欢你。", "我喜欢你。"),
        ("I like every one .", "I like everyone.", "I like everyone ."),
        ("I like it ,too .", "I like it, too.", "I like it , too ."),
    ],
)  # fmt: skip
def test_the_spacing_of_the_source_wins(source, text, expected):
    assert in_convention(source, text) == expected


def test_a_dash_apart_does_not_split_a_word_that_tokenised_texts_join():
    source, tokenised = "He left home .", "He left - a well-known man ."
    expected = "He left - a well-known man ."
    assert in_convention(source, "He left - a well-known man.", tokenised) == expected
    apart = "He left , a well - known man ."
    assert in_convention(source, "He left, a well-known man.", apart) == apart
    assert "well - known" in in_convention(source, "A well-known man.", tokenised, apart)


def test_where_the_source_does_not_tell_most_outputs_do():
    assert in_convention("I like it", "I like it .", "I love it .") == "I like it ."
    assert in_convention("I like it", "I like it .", "I love it.", "I see it.") == "I like it."
