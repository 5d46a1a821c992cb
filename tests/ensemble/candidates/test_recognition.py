"""Outputs are recognised as edits, texts or labels, or it is said that they are not clear."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates.recognition import recognise
from evaluation.data.class_probabilities import segment_of
from evaluation.data.readers import stream_outputs
from evaluation.records import Segment

QUESTION = "How many apples does Tom have if he buys three more ?"


def kind_of(source: str, *outputs: str | None, has_source: bool = True) -> str:
    segment = Segment(source, dict(zip("abcdef", outputs, strict=False)), has_source=has_source)
    return recognise([segment]).kind


def test_class_probabilities_are_labels_unless_they_are_few():
    soft = segment_of(QUESTION, {"a": {"7": 0.5}, "b": {"12": 1.0}})
    assert recognise([soft]).kind == "labels"
    edits = Segment("He go to school .", dict.fromkeys("abc", "He goes to school ."))
    assert recognise([soft, edits, edits]).kind == "edits"


@pytest.mark.parametrize(
    ("source", "outputs", "kind"),
    [
        ("He go to school .", ["He goes to school .", "He go to school ."], "edits"),
        ("evry", ["every", "ever"], "edits"),
        ("我去了学校学习", ["我去学校学习", "我去了学校"], "edits"),
        ("He go .", ["", None], "edits"),
        (QUESTION, ["7", "7 ", "12"], "labels"),
        (QUESTION, ["Very good", "very bad", "Very good", "very bad"], "labels"),
        (QUESTION, ["积极", "积极", "积极", "消极"], "labels"),
        ("81", ["a", "b"], "labels"),
        (
            QUESTION,
            ["Er hat " + "viele " * 8, "Tom kauft noch drei und hat dann sieben ."],
            "texts",
        ),
    ],
)
def test_kinds_are_recognised(source, outputs, kind):
    assert kind_of(source, *outputs) == kind


def test_without_a_source_there_are_no_edits():
    assert kind_of("", "yes", "no", has_source=False) == "labels"
    assert kind_of("", "a b c d e f g h i", "a b c d e f g h j", has_source=False) == "texts"


@pytest.mark.parametrize(
    "outputs", [["Er geht jetzt nach Hause", "Sie geht"], ["one two", "three four"]]
)
def test_what_is_not_clear_is_refused_with_the_option_that_is_needed(outputs):
    for has_source in (True, False):
        with pytest.raises(ValueError, match="--kind edits, texts or labels"):
            kind_of("He is going home now" * has_source, *outputs, has_source=has_source)


def test_what_is_not_clear_names_the_option_of_the_caller():
    segment = Segment("", {"a": "one two", "b": "three four"}, has_source=False)
    with pytest.raises(ValueError, match=r"by `outputs` edits, texts or labels$"):
        recognise([segment], "`outputs`")


def test_some_edits_among_other_outputs_are_refused():
    with pytest.raises(ValueError, match="most do not"):
        kind_of("He go home .", "He goes home .", "yes", "no", "yes")


@given(st.lists(st.sampled_from(["positive", "negative", "neutral"]), min_size=1, max_size=6))
def test_labels_are_never_taken_for_edits_of_a_sentence(labels):
    assert kind_of(QUESTION, *labels) == "labels"


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("gec/bea_dev", "edits"),
        ("gec/conll14_official", "edits"),
        ("gec/conll14_shift", "edits"),
        ("llm/gsm8k", "texts"),
        ("llm/gsm8k/labels", "labels"),
        ("llm/gsm8k/labels_last", "labels"),
        ("asr/earnings21", "texts"),
    ],
)
def test_real_folders_are_recognised(data: Path, folder: str, kind: str) -> None:
    if not (data / folder).is_dir():
        pytest.skip(f"no {folder} in the data")
    assert recognise(stream_outputs(data / folder, needs_source=False)).kind == kind


def test_labels_that_are_words_of_their_sources_are_not_edits():
    verbs, things = ("cancel", "track", "change"), ("order", "flight", "ticket")
    asked = [(f"{verb} my {thing} {n}", f"{verb}_{thing}")
             for verb in verbs for thing in things for n in range(8)]  # fmt: skip
    odd = [Segment("cancel it", {"a": "de son", "b": "**Edit: living on campus"})]
    labels = [Segment(source, {"a": label, "b": label}) for source, label in asked]
    assert recognise(labels + odd).kind == "labels"
    edits = [Segment(source, {"a": f"{source} .", "b": source}) for source, _ in asked]
    assert recognise(edits).kind == "edits"
