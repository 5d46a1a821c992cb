"""Changes are taken back where they would make words in a row that no output has."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect
from ensemble.decoding.decode import decode
from ensemble.decoding.fitting import fitting
from evaluation.edits.align_words import WordAligner
from evaluation.edits.tokens import tokenise
from evaluation.records import Segment

UNFIT = "does not fit the words around it"
TEXTS = st.lists(
    st.lists(st.sampled_from("abcde"), min_size=1, max_size=7).map(" ".join), min_size=2, max_size=5
)


def fit(source: str, texts: list[str], window: int, probability: dict[str, float] | None = None):
    """Accept all that is compatible, each change as probable as its replacement says."""
    segment = Segment(source, {f"s{i}": text for i, text in enumerate(texts)})
    ballot = collect(segment, "edits", align=WordAligner)
    given = [(probability or {}).get(c.replacement, 0.9) for c in ballot.candidates]
    made = replace(decode(ballot, given, 0.5), backbone=source)
    return made, fitting(ballot, made, window)


@pytest.mark.parametrize(
    ("window", "text"),
    [(1, "x b y d e"), (2, "x b y d e"), (3, "a b y d e")],
)
def test_of_two_changes_that_no_output_has_together_the_less_probable_is_taken_back(window, text):
    made, fitted = fit("a b c d e", ["x b c d e", "a b y d e"], window, {"x": 0.6, "y": 0.8})
    assert made.text == "x b y d e"
    assert fitted.text == text
    assert fitted.backbone == "a b c d e"
    assert [d.reason for d in fitted.decisions if not d.accepted] == [UNFIT] * (window == 3)


def test_a_removal_joins_two_words_that_some_output_must_have_beside_each_other():
    _, fitted = fit("a b c d", ["a c d", "a b c x"], 2)
    assert fitted.text == "a c x"
    _, fitted = fit("a b c", ["a c", "a b x"], 2, {"": 0.7})
    assert fitted.text == "a b x"


def test_the_ends_of_the_text_are_among_the_words_around():
    _, fitted = fit("a b c d", ["b c d", "a b c"], 3)
    assert fitted.text == "b c"
    _, fitted = fit("a b", ["b", "a"], 2, {"": 0.7})
    assert fitted.text in ("a", "b")  # never nothing: no output is empty


def test_a_word_that_begins_a_line_is_not_removed():
    made, fitted = fit("a b\nc d e", ["a b\nd e", "a b\nc d x"], 1)
    assert (made.text, fitted.text) == ("a b d x", "a b\nc d x")
    assert [d.reason for d in fitted.decisions] == [UNFIT, "accepted"]


@given(source=st.lists(st.sampled_from("abcde"), min_size=1, max_size=7).map(" ".join), texts=TEXTS)
def test_every_window_of_the_result_is_in_an_output_or_the_source(source, texts):
    for window in (1, 2, 3, 4):
        _, fitted = fit(source, texts, window)
        known = {part for text in [source, *texts] for part in windows(text, window)}
        assert set(windows(fitted.text, window)) <= known


def windows(text: str, window: int) -> list[str]:
    words = ["", *[token.strip() for token in tokenise(text)], ""]
    return [" ".join(words[i : i + window]) for i in range(len(words) - window + 1)]
