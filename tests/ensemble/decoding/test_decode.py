"""Decode: a compatible set, the stronger first, with a reason for everything."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect
from ensemble.decoding.compatible import overlap
from ensemble.decoding.decode import decode
from evaluation.records import Edit, Segment

SPANS = st.tuples(st.integers(0, 6), st.integers(0, 3)).map(lambda s: Edit(s[0], sum(s), ("x",)))


def test_a_stronger_rival_wins_and_the_weaker_says_why_not():
    segment = Segment("the cat sat", {"a": "the dog sat", "b": "the cow sat", "c": "a cat sat"})
    ballot = collect(segment, "edits")
    combination = decode(ballot, [0.3, 0.9, 0.8], 0.5)
    reasons = {d.candidate.replacement: d.reason for d in combination.decisions}
    assert reasons == {"a": "outvoted", "cow": "accepted", "dog": "overlaps a stronger one"}
    assert combination.text == "the cow sat"


@pytest.mark.parametrize("output", [None, "", " \t", "\u00a0", "\u200b"])
def test_nobody_answered_gives_the_source_but_never_as_a_label(output):
    for kind, text in (("edits", "as it was"), ("texts", "as it was"), ("labels", None)):
        ballot = collect(Segment("as it was", {"a": output}), kind)
        assert decode(ballot, [], 0.5).text == text
        assert ballot.systems == ()


def test_ties_go_to_more_voters_then_to_agreement_then_to_the_first_given():
    ballot = collect(Segment("x", {"a": "z", "b": "y", "c": "x", "d": "x"}), "labels")
    assert decode(ballot, [0.5, 0.5, 0.5], 0).text == "x"
    assert decode(ballot, [0.5, 0.5, 0.2], 0, {"a": 0.4, "b": 0.6}).text == "y"
    assert decode(ballot, [0.5, 0.5, 0.2], 0, {"a": 0.4, "b": 0.4}).text == "z"
    decisions = decode(ballot, [0.5, 0.5, 0.2], 0).decisions
    assert [decision.tied for decision in decisions] == [True, True, False]
    assert [decision.evidence()["tied"] for decision in decisions] == [True, True, False]


def test_systems_that_share_a_vote_share_it_in_ties():
    ballot = collect(Segment("x", {"a": "z", "b": "y", "c": "x", "d": "x"}), "labels")
    shared = {"c": 0.5, "d": 0.5}
    assert decode(ballot, [0.5, 0.5, 0.5], 0, votes=shared).text == "z"
    agreement = {"a": 0.4, "b": 0.5, "c": 0.6, "d": 0.6}
    assert decode(ballot, [0.5, 0.5, 0.5], 0, agreement, votes=shared).text == "x"
    assert decode(ballot, [0.5, 0.5, 0.5], 0, {**agreement, "b": 0.7}, votes=shared).text == "y"
    edits = collect(Segment("go", {"a": "went", "b": "goes", "c": "goes"}), "edits")
    assert decode(edits, [0.5, 0.5], 0.5).text == "goes"
    assert decode(edits, [0.5, 0.5], 0.5, votes={"a": 1.0, "b": 0.25, "c": 0.25}).text == "went"


def test_what_is_parted_by_rounding_alone_is_tied():
    ballot = collect(Segment("x", {"a": "z", "b": "y"}), "texts")
    decisions = decode(ballot, [0.1 + 0.2, 0.3], 0).decisions
    assert [(decision.reason, decision.tied) for decision in decisions] == [
        ("accepted", True),
        ("outvoted", True),
    ]
    assert decode(ballot, [0.3, 0.1 + 0.2], 0).text == "z"


def test_texts_take_the_most_probable():
    ballot = collect(Segment("x", {"a": "one", "b": "two"}), "texts")
    combination = decode(ballot, [0.2, 0.7], 0.0)
    assert combination.text == "two"
    assert [d.reason for d in combination.decisions] == ["outvoted", "accepted"]


@given(SPANS, SPANS)
def test_overlap_is_symmetric_and_means_that_tokens_or_places_are_shared(one, other):
    assert overlap(one, other) == overlap(other, one)
    shared = set(range(one.start, one.end)) & set(range(other.start, other.end))
    assert not shared or overlap(one, other)


def near(one, other):
    """Whether at most a token stands between two edits."""
    first, second = sorted((one.candidate.edit, other.candidate.edit))
    return second.start - first.end <= 1


@given(st.sets(SPANS, max_size=12), st.lists(st.floats(0, 1), min_size=40, max_size=40))
def test_the_accepted_are_compatible_and_none_left_out_could_be_added(edits, drawn):
    source = [f" w{i}" for i in range(10)]
    hypotheses = {}
    for n, edit in enumerate(sorted(edits)):
        tokens = [*source[: edit.start], f" x{n}", *source[edit.end :]]
        hypotheses[f"s{n}"] = "".join(tokens)[1:]
    ballot = collect(Segment("".join(source)[1:], hypotheses), "edits")
    probabilities = drawn[: len(ballot.candidates)]
    decisions = decode(ballot, probabilities, 0.3).decisions
    taken = [d for d in decisions if d.accepted]
    for d in decisions:
        rivals = [t for t in taken if t is not d and overlap(t.candidate.edit, d.candidate.edit)]
        if d.accepted:
            assert not rivals
            assert d.probability >= 0.3
        elif d.reason == "outvoted":
            assert d.probability < 0.3
        else:
            overlaps = d.reason == "overlaps a stronger one"
            against = rivals if overlaps else [t for t in taken if near(t, d)]
            assert any(rival.probability >= d.probability for rival in against)


WORDS = st.lists(st.sampled_from("abc"), max_size=5)


@given(WORDS, st.lists(WORDS, min_size=2, max_size=4))
def test_edits_that_touch_are_taken_only_as_some_system_made_them(source, outputs):
    texts = {f"s{i}": " ".join(output) for i, output in enumerate(outputs)}
    ballot = collect(Segment(" ".join(source), texts), "edits")
    taken = [d.candidate for d in decode(ballot, [1.0] * len(ballot.candidates), 0.5).decisions
             if d.accepted]  # fmt: skip
    for one, other in itertools.pairwise(taken):
        if one.edit.end == other.edit.start:
            assert set(one.voters) & set(other.voters)


@pytest.mark.slow
def test_a_text_that_is_changed_throughout_is_decoded_whole():
    source = ("word " * 4000).strip()
    ballot = collect(Segment(source, {"a": source.upper()}), "edits")
    assert decode(ballot, [1.0] * len(ballot.candidates), 0.5).text == source.upper()


def test_of_changes_of_the_same_words_that_tie_the_better_company_is_taken():
    apart, agreeing = "he went home evry day", "he goes home every day"
    texts = {"a": apart, "b": apart, "c": agreeing, "d": agreeing, "e": "he go home every day"}
    ballot = collect(Segment("he go home evry day", texts), "edits")
    shares = [len(candidate.voters) / 4 for candidate in ballot.candidates]
    combination = decode(ballot, shares, 0.5)
    assert combination.text == agreeing
    tied = {d.candidate.replacement: d.tied for d in combination.decisions}
    assert tied == {"goes": True, "went": True, "every": False}
