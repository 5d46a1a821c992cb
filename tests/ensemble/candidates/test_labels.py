"""Labels that look the same are the same, and the form most voters used is put out."""

import pytest

from ensemble.candidates import collect, collect_all
from ensemble.candidates.labels import label_key, text_key
from ensemble.combiners.base import combine
from ensemble.combiners.dawid_skene import DawidSkene
from ensemble.combiners.majority import Majority
from ensemble.targets import from_references
from evaluation.records import Segment


def voted(outputs: dict[str, str | None], case: str = "keep", kind: str = "labels") -> str | None:
    return combine(collect(Segment("x", outputs), kind, label_case=case), Majority()).text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("positive", "positive "),
        ("positive", "\tpositive\r"),
        ("very good", "very\u00a0good"),
        ("very good", "very  \u2009 good"),
        ("café", "cafe\u0301"),
        ("Å", "\u212b"),
        ("positive", "\ufeffpositive\u200b"),
        ("don't know", "don\u2019t know"),
        ("a-b", "a\u2013b"),
    ],
)
def test_labels_that_look_the_same_vote_together(one, other):
    assert label_key(voted({"a": "negative", "b": one, "c": other})) == label_key(one)


def test_capitals_make_labels_differ_unless_they_are_ignored():
    outputs = {"a": "negative", "b": "Positive", "c": "positive", "d": "positive", "e": "negative"}
    assert voted(outputs) == "negative"
    assert voted(outputs, "ignore") == "positive"
    assert voted({"a": "STRASSE", "b": "straße", "c": "no"}, "ignore") == "STRASSE"


def test_of_two_forms_used_alike_the_first_given_is_put_out():
    assert voted({"z": "Yes", "a": "yes"}, "ignore") == "Yes"
    assert voted({"a": "yes", "z": "Yes"}, "ignore") == "yes"


def test_texts_keep_their_form():
    assert voted({"a": " Yes  it is.\n", "b": "Yes it is."}, kind="texts") == " Yes  it is.\n"
    assert voted({"a": "Yes", "b": "yes", "c": "no"}, "ignore", "texts") == "Yes"


def test_labels_are_right_where_a_reference_looks_the_same():
    segments = [Segment("x", {"a": "Yes ", "b": "no"})]
    for case, wanted in (("keep", [0.0, 0.0]), ("ignore", [1.0, 0.0])):
        ballots = list(collect_all(segments, "labels", label_case=case))
        assert from_references(ballots, [["YES"]], case).values[0].tolist() == wanted
    assert from_references(ballots, [[" Yes"]]).values[0].tolist() == [1.0, 0.0]


def test_dawid_skene_takes_forms_of_one_label_for_one():
    outputs = [{"a": "yes", "b": "YES", "c": "no"}, {"a": "No", "b": "no ", "c": "yes"}] * 5
    ballots = list(
        collect_all([Segment("x", some) for some in outputs], "labels", label_case="ignore")
    )
    fitted = DawidSkene().fit(ballots)
    assert set(fitted.reliability.prior) == {"yes", "no"}
    assert [combine(ballot, fitted).text for ballot in ballots[:2]] == ["yes", "No"]


def test_a_fitted_vote_settles_ties_by_agreement():
    agreed = [
        Segment(f"{i}", {"a": "odd", "b": "x", "c": "x" if i % 3 else "y", "d": "xxy"[i % 3]})
        for i in range(80)
    ]
    tie = Segment("tie", {"a": "one", "b": "two"})
    ballots = list(collect_all([*agreed, tie], "labels"))
    assert combine(ballots[-1], Majority()).text == "one"
    assert combine(ballots[-1], Majority().fit(ballots)).text == "two"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Don't stop, please.", "Do n't stop , please ."),
        ('He said "yes" - twice...', "He said \u201cyes\u201d \u2013 twice\u2026"),
        ("a well-known man", "a well - known man"),
    ],
)
def test_texts_are_the_same_however_they_are_spaced(one, other):
    assert text_key(one) == text_key(other)
    assert voted({"a": "No.", "b": one, "c": other}, kind="texts") == one
    assert label_key(one) != label_key(other)


def test_signs_of_plain_characters_make_labels_differ():
    assert len({label_key(tag) for tag in ("``", "''", '"', "--", "-")}) == 5
