"""What labels say of candidates."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect_all
from ensemble.targets import (
    fingerprint,
    folds_of,
    from_gold,
    from_references,
    from_scores,
    subset,
    without,
)
from ensemble.targets.changes import effects, is_nearer, word_errors
from evaluation.data.m2 import format_m2, parse_m2
from evaluation.metrics.correction import gold_from_references
from evaluation.records import Edit, Segment

SOURCE = "he go to school evry day"
OUTPUTS = {"a": "he goes to school every day", "b": "he went to school evry day", "c": SOURCE}
M2 = """S he go to school evry day
A 1 2|||R:VERB|||goes|||REQUIRED|||-NONE-|||0
A 4 5|||R:SPELL|||every||each|||REQUIRED|||-NONE-|||0
A 5 6|||UNK|||day|||REQUIRED|||-NONE-|||0
A 1 2|||R:VERB|||went|||REQUIRED|||-NONE-|||1
"""


def ballots(kind, *segments):
    return list(collect_all(segments, kind))


def by_text(some, targets):
    return {c.replacement: v for c, v in zip(some[0].candidates, targets.values[0], strict=True)}


def test_an_edit_is_right_that_any_annotator_made():
    some = ballots("edits", Segment(SOURCE, {**OUTPUTS, "d": "he gone to school evry day"}))
    targets = from_gold(some, parse_m2(M2.splitlines(), "gold.m2"))
    assert by_text(some, targets) == {"goes": 1, "went": 1, "gone": 0, "every": 1}
    assert targets.gold.tolist() == [1.5]
    assert targets.several


def test_references_are_read_in_the_style_of_the_batch_as_the_outputs_were():
    told, source = "It does n't rain .", "It dont rain"
    outputs = {"a": "It does n't rain .", "b": "It doesn't rain."}
    some = ballots("edits", Segment(source, outputs), Segment(told, {"a": told}))
    targets = from_references(some, [["It does n't rain"], [told]])
    assert by_text(some, targets) == {"does n't": 1, " .": 0}


def test_gold_for_another_source_is_refused():
    some = ballots("edits", Segment("another text", {"a": "x"}))
    with pytest.raises(ValueError, match="segment 1: the gold is for another source"):
        from_gold(some, parse_m2(M2.splitlines(), "gold.m2"))


def test_not_as_many_labels_as_segments_is_refused():
    some = ballots("edits", Segment(SOURCE, OUTPUTS))
    with pytest.raises(ValueError, match="0 references for 1 segments"):
        from_references(some, [])


def test_references_of_each_kind():
    texts = ["he goes to school every day", "he went to school evry day"]
    edits = ballots("edits", Segment(SOURCE, OUTPUTS))
    assert set(by_text(edits, from_references(edits, [texts])).values()) == {1.0}
    whole = ballots("texts", Segment(SOURCE, OUTPUTS))
    found = by_text(whole, from_references(whole, [texts[:1]]))
    assert found[texts[0]] == pytest.approx(100)
    assert found[SOURCE] < 100
    labels = ballots("labels", Segment("x", {"a": "en", "b": "fr", "c": "it"}))
    assert by_text(labels, from_references(labels, [["fr", "it"]])) == {"en": 0, "fr": 1, "it": 1}


def test_scores_are_means_over_voters_and_may_be_missing():
    some = ballots("texts", Segment("x", {"a": "one", "b": "one", "c": "two"}))
    targets = from_scores(some, {("a", 1): -2.0, ("b", 1): -4.0})
    found = by_text(some, targets)
    assert found["one"] == -3.0
    assert np.isnan(found["two"])


def test_a_score_for_no_segment_is_refused():
    with pytest.raises(ValueError, match="segment 2, but there are 1"):
        from_scores(ballots("texts", Segment("x", {"a": "y"})), {("a", 2): 1.0})


def test_folds_keep_a_source_together_and_are_alike_in_size():
    some = ballots("labels", *(Segment(f"text {i % 50}", {"a": "x"}) for i in range(100)))
    fold = folds_of(some, 5, seed=1)
    assert np.array_equal(fold[:50], fold[50:])
    assert np.bincount(fold).tolist() == [20] * 5
    assert np.array_equal(fold, folds_of(some, 5, seed=1))


def test_too_few_sources_for_the_folds():
    some = ballots("labels", *(Segment("same", {"a": "x"}) for _ in range(9)))
    with pytest.raises(ValueError, match="1 different sources are too few for 5 folds"):
        folds_of(some, 5, seed=1)


def test_a_fingerprint_changes_with_any_label_or_text():
    def print_of(text, label):
        some = ballots("labels", Segment(text, {"a": "x", "b": "y"}))
        return fingerprint(some, from_references(some, [[label]]))

    assert len({print_of("one", "x"), print_of("two", "x"), print_of("one", "y")}) == 3
    assert print_of("one", "x") == print_of("one", "x")


def test_taking_some():
    some = ballots("labels", *(Segment(f"{i}", {"a": str(i)}) for i in range(4)))
    targets = from_references(some, [["0"], ["x"], ["2"], ["x"]])
    few, truth = subset(some, targets, np.array([2, 1]))
    assert [ballot.source for ballot in few] == ["2", "1"]
    assert truth.flat.tolist() == [1, 0]


WORD = st.text("ab\u00e9\u00a0\u3000\t", min_size=1, max_size=5).map(
    lambda word: word.strip() or "a"
)
TEXT = st.lists(WORD, max_size=6).map(" ".join)


@given(TEXT, st.lists(WORD, min_size=1, max_size=6).map(" ".join))
def test_gold_of_odd_white_space_marks_what_makes_the_reference(source, reference):
    gold = gold_from_references([source], [[reference]])
    untyped = re.sub(r"\|\|\|[RMU]:[A-Z]+", "|||UNK", format_m2(gold)).split("\n")
    some = ballots("edits", Segment(source, {"a": reference}))
    targets = from_gold(some, parse_m2(untyped, "gold.m2"))
    assert targets.gold.tolist() == [len(gold[0].annotations[0])]
    # How words and tokens are aligned may differ, but not for one word in the place of another.
    if len(gold[0].annotations[0]) == 1 == source.count(" ") + 1 == reference.count(" ") + 1:
        assert targets.values[0].all()


@pytest.mark.parametrize(
    ("source", "hypothesis", "edit"),
    [
        ("10\u00a0000 cat sat", "10\u00a0000 cats sat", "1 2|||UNK|||cats"),
        ("10\u00a0000 cat sat", "10 cat sat", "0 1|||R|||10"),
        ("cat 10\u00a0000", "cat 20\u00a0000", "1 2|||R|||20\u00a0000"),
        ("a\tb\tc d", "a\tx\tc d", "0 1|||R|||a\tx\tc"),
        ("a \u3000 b c", "a \u3000 b d", "3 4|||R|||d"),
        ("a b ", "a c ", "1 2|||R|||c"),
        ("a  b  c", "a  b  d", "2 3|||R|||d"),
    ],
)
def test_spans_count_tokens_between_ascii_spaces(source, hypothesis, edit):
    some = ballots("edits", Segment(source, {"a": hypothesis}))
    gold = parse_m2([f"S {source}", f"A {edit}|||REQUIRED|||-NONE-|||0"], "gold.m2")
    assert from_gold(some, gold).values[0].tolist() == [1.0]


@given(
    groups=st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=30),
    folds=st.integers(2, 5),
    seed=st.integers(0, 5),
)
def test_a_group_is_in_one_fold(groups, folds, seed):
    some = ballots("labels", *(Segment(f"text {i}", {"a": "x"}) for i in range(len(groups))))
    if len(set(groups)) < 2:
        if len(groups) >= folds:
            assert len(set(folds_of(some, folds, seed, groups).tolist())) == folds
        return
    fold = folds_of(some, folds, seed, groups)
    placed = {group: {int(f) for f, g in zip(fold, groups, strict=True) if g == group}
              for group in groups}  # fmt: skip
    assert all(len(places) == 1 for places in placed.values())
    assert len(set(fold.tolist())) == min(folds, len(set(groups)))


def test_the_words_wrong_are_counted_from_the_nearest_reference():
    counts = word_errors(["a b c", "a x", ""], ["a b", "a b c d"])
    assert counts.tolist() == [[1, 2], [1, 2], [2, 2]]
    assert word_errors(["a"], []).tolist() == [[0, 0]]


def test_a_change_is_right_where_it_alone_brings_the_text_nearer():
    edits = [Edit(0, 1, ("the",)), Edit(1, 2, ("mat",)), Edit(1, 2, ("sofa",)), Edit(3, 3, ("on",))]
    references = ["the cat sat on"]
    assert effects("a dog sat", edits, references, "wer").tolist() == [1, 0, 0, 1]
    right = is_nearer("a dog sat", edits, references, "wer")
    assert right[[0, 3]].tolist() == [1, 1]
    assert np.isnan(right[1:3]).all()
    assert is_nearer("the cat sat on", [Edit(0, 1, ())], references, "chrf").tolist() == [0]
    assert np.isnan(effects("a dog", edits[:1], [], "wer")).all()


def test_references_of_texts_stay_with_them():
    some = ballots("texts", *(Segment(f"s {i}", {"a": f"{i}", "b": "x"}) for i in range(4)))
    targets = replace(from_references(some, [[f"{i}"] for i in range(4)]), loss="wer")
    _, few = subset(some, targets, np.array([2, 1]))
    assert few.references == (("2",), ("1",))
    assert few.loss == "wer"
    _, rest = without(some, targets, "a")
    assert rest.references == targets.references
