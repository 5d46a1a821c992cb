"""Edits together: none overlap, and each stretch of them is one that a system proposed."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import Ballot, Candidate, collect
from ensemble.combiners.base import combine
from ensemble.combiners.majority import Majority
from ensemble.decoding.compatible import Accepted, overlap, overlaps_any, stand_apart
from evaluation.records import Edit, Segment

WORD = st.sampled_from("a an the go goes will home , .".split())
TEXT = st.lists(WORD, min_size=1, max_size=6).map(" ".join)


def two_each(source: str, first: str, second: str) -> str | None:
    texts = {"a": first, "b": first, "c": second, "d": second}
    return combine(collect(Segment(source, texts), "edits"), Majority()).text


@pytest.mark.parametrize(
    ("source", "first", "second"),
    [
        ("He go home .", "He will go home .", "He goes home ."),
        (
            "I like this type of book .",
            "I like these type of book .",
            "I like this types of book .",
        ),
        ("I am agree with you .", "I agree with you .", "I am in agreement with you ."),
        ("I have it .", "I also have it .", "I have also it ."),
        ("However I go .", "However , I go .", "However I , go ."),
        ("他去学校 。", "他要去学校 。", "他到学校 。"),
    ],
)
def test_halves_that_disagree_are_not_both_taken(source, first, second):
    assert two_each(source, first, second) in (source, first, second)


def test_changes_apart_are_both_taken():
    assert two_each("he go to school evry day", "He go to school evry day",
                    "he go to school every day") == "He go to school every day"  # fmt: skip


@given(TEXT, st.lists(TEXT, min_size=2, max_size=6))
def test_what_touches_was_proposed_by_one_system(source, texts):
    ballot = collect(Segment(source, {f"s{i}": text for i, text in enumerate(texts)}), "edits")
    taken = [d.candidate for d in combine(ballot, Majority(k=1)).decisions if d.accepted]
    for left, right in itertools.pairwise(taken):
        if left.edit.end == right.edit.start:
            assert set(left.voters) & set(right.voters)


@given(TEXT, TEXT)
def test_one_system_is_never_in_its_own_way(source, text):
    decisions = combine(collect(Segment(source, {"a": text}), "edits"), Majority()).decisions
    assert all(decision.accepted for decision in decisions)


def _edits(pairs):
    return [
        Candidate(Edit(start, start + size, ("x",)), 0, 0, "", "x", "", ("a",))
        for start, size in sorted(pairs)
    ]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=6, unique=True))
def test_edits_that_stand_apart_are_all_compatible(pairs):
    candidates = _edits(pairs)
    ballot = Ballot("edits", "", tuple("w" * 20), ("a", "b"), tuple(candidates))
    accepted = Accepted(ballot)
    compatible = True
    for candidate in candidates:
        if accepted.overlaps(candidate.edit) or accepted.disagrees(candidate):
            compatible = False
            break
        accepted.take(candidate)
    assert compatible or not stand_apart(candidates)


def test_edits_with_one_word_between_do_not_stand_apart():
    assert stand_apart(_edits([(0, 1), (3, 0), (5, 2)]))
    assert not stand_apart(_edits([(0, 1), (2, 1)]))
    assert not stand_apart(_edits([(0, 4), (1, 1), (5, 1)]))


EDITS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 3)).map(lambda at: Edit(at[0], sum(at), ()))
)


@given(EDITS, st.tuples(st.integers(0, 8), st.integers(0, 3)))
def test_an_edit_overlaps_one_of_several_if_it_overlaps_any(edits, at):
    others: list[Edit] = []
    for edit in sorted(edits):
        if not any(overlap(edit, other) for other in others):
            others.append(edit)
    edit = Edit(at[0], sum(at), ())
    assert overlaps_any(edit, others) == any(overlap(edit, other) for other in others)
