"""Votes, and judges where votes are equal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect
from ensemble.combiners.base import combine
from ensemble.combiners.judged import judged
from ensemble.combiners.registry import create
from evaluation.records import Segment

LABELS = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["yes", "no", "why"]),
                         min_size=1)  # fmt: skip
NUMBERS = st.floats(-1e9, 1e9)
SCORES = st.dictionaries(st.sampled_from("xyz"), st.dictionaries(st.sampled_from("abcde"), NUMBERS))
ANSWERS = {"a": "So the answer is 4.", "b": "It is five. The answer is 5."}


def output(outputs, scores, kind="labels"):
    known = {j: {n: s for n, s in given.items() if n in outputs} for j, given in scores.items()}
    return combine(collect(Segment("q", outputs, scores=known), kind), create("judged"))


@given(LABELS, SCORES)
def test_a_label_with_more_votes_is_never_outvoted(outputs, scores):
    votes = list(outputs.values())
    assert votes.count(output(outputs, scores).text) == max(map(votes.count, votes))


@given(LABELS)
def test_without_scores_it_is_the_vote(outputs):
    ballot = collect(Segment("q", outputs), "labels")
    assert output(outputs, {}).text == combine(ballot, create("vote")).text


@given(SCORES, st.floats(0.1, 100), st.floats(-100, 100))
def test_the_scale_of_a_judge_does_not_matter(scores, factor, shift):
    scores = {j: {n: round(s, 3) for n, s in given.items()} for j, given in scores.items()}
    outputs = {"a": "yes", "b": "no", "c": "why"}
    moved = {j: {n: factor * s + shift for n, s in given.items()} for j, given in scores.items()}
    ballots = [
        collect(Segment("q", outputs, scores=_of(s, outputs)), "labels") for s in (scores, moved)
    ]
    first, second = map(judged, ballots)
    spread = [max(g.values()) - min(g.values()) for g in map(dict, scores.values()) if g]
    if all(s == 0 or s > 1 for s in spread):
        assert first == pytest.approx(second, abs=1e-3)


@pytest.mark.parametrize(("better", "answer"), [("a", "4"), ("b", "5")])
def test_judges_decide_between_answers_with_as_many_votes(better, answer):
    scores = {"judge": {"a": 1.0, "b": 1.0, better: 7.0}}
    assert answer in output(ANSWERS, scores, "texts").text


def test_an_answer_of_most_systems_stands():
    outputs = {**ANSWERS, "c": "I think the answer is 5."}
    assert "5" in output(outputs, {"judge": {"a": 9, "b": 0, "c": 0}}, "texts").text


def test_without_scores_texts_are_those_of_mbr():
    texts = {"a": "the cat sat", "b": "the cat sat down", "c": "a dog"}
    ballot = collect(Segment("q", texts), "texts")
    assert output(texts, {}, "texts") == combine(ballot, create("mbr"))


def test_likeness_and_judges_count_the_same_between_translations():
    texts = {"a": "the cat sat", "b": "the cat sat down", "c": "a dog"}
    assert output(texts, {"judge": {"a": 5, "b": 4.9, "c": 0}}, "texts").text != "a dog"


def _of(scores, outputs):
    return {j: {n: s for n, s in given.items() if n in outputs} for j, given in scores.items()}
