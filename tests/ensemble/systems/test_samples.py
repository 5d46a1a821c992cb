"""Several samples of one model as one output."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import Kind
from ensemble.systems.base import SystemFailure
from ensemble.systems.samples import combined

KINDS: list[Kind] = ["edits", "texts", "labels"]
WORDS = st.lists(st.sampled_from("he goes go to a an the school now .".split()), min_size=1)
SENTENCES = WORDS.map(" ".join)


@given(SENTENCES, SENTENCES, st.integers(1, 5), st.sampled_from(KINDS))
def test_samples_that_agree_are_the_output(source: str, text: str, count: int, kind: Kind) -> None:
    assert combined(source, [text] * count, kind) == text


@given(st.lists(SENTENCES, min_size=1, max_size=5), st.sampled_from(["texts", "labels"]))
def test_the_output_is_one_of_the_samples(texts: list[str], kind: Kind) -> None:
    assert combined("", texts, kind) in texts


@given(st.permutations(["paris", "paris", "rome"]))
def test_most_samples_decide_a_label(texts: list[str]) -> None:
    assert combined("", texts, "labels") == "paris"


def test_edits_of_most_samples_are_taken_one_by_one() -> None:
    source = "He go to a old scool ."
    texts = [
        "He goes to an old scool .",
        "He goes to a old school .",
        "He go to an old school today .",
    ]
    assert combined(source, texts, "edits") == "He goes to an old school ."
    assert texts.count("He goes to an old school .") == 0


def test_samples_without_a_label_are_a_failure() -> None:
    with pytest.raises(SystemFailure, match="without a label"):
        combined("a", ["", " "], "labels")
