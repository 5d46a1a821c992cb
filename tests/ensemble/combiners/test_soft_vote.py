"""The soft vote: the mean of class probabilities, and without any the vote."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect, collect_all
from ensemble.combiners.base import combine
from ensemble.combiners.majority import Majority
from ensemble.combiners.soft_vote import SoftVote
from evaluation.data.class_probabilities import segment_of
from evaluation.records import Segment

LABELS = st.sampled_from(["spam", "ham", "other", "none"])
DISTRIBUTIONS = st.dictionaries(LABELS, st.integers(0, 9), min_size=1).map(
    lambda weights: {label: (w + 0.5) / (sum(weights.values()) + 9) for label, w in weights.items()}
)
OUTPUTS = st.lists(DISTRIBUTIONS | LABELS | st.none(), min_size=1, max_size=5)


def named(outputs):
    return dict(zip("abcde", outputs, strict=False))


def soft(outputs, combiner=None):
    combination = combine(collect(segment_of("x", outputs), "labels"), combiner or SoftVote())
    return combination.text, {d.candidate.replacement: d.probability for d in combination.decisions}


def test_it_takes_the_highest_mean_probability():
    text, mean = soft(
        {"a": {"spam": 0.9, "ham": 0.1}, "b": {"spam": 0.4, "ham": 0.6}, "c": {"ham": 0.5}}
    )
    assert text == "spam"
    assert mean == {"spam": pytest.approx(1.3 / 3), "ham": pytest.approx(1.2 / 3)}


def test_the_second_choice_of_all_can_be_the_best():
    outputs = {
        "a": {"x": 0.5, "second": 0.45, "y": 0.05},
        "b": {"y": 0.5, "second": 0.45},
        "c": {"z": 0.5, "second": 0.45},
    }
    combination = combine(collect(segment_of("x", outputs), "labels"), SoftVote())
    assert combination.text == "second"
    (accepted,) = [d for d in combination.decisions if d.accepted]
    assert accepted.candidate.voters == ()
    assert accepted.evidence()["probability"] == pytest.approx(0.45)


def test_a_label_without_probabilities_is_certain():
    text, mean = soft({"a": "spam", "b": {"ham": 0.7, "spam": 0.3}, "c": {"ham": 0.6, "spam": 0.2}})
    assert text == "spam"
    assert mean == {"spam": pytest.approx(0.5), "ham": pytest.approx(1.3 / 3)}


def test_systems_that_did_not_answer_do_not_count():
    assert soft({"a": {"spam": 0.5}, "b": None, "c": ""})[1] == {"spam": 0.5}


def test_ties_go_to_more_voters_then_to_agreement_then_to_the_first():
    halves = {"a": {"first": 0.5, "voted": 0.5}, "b": {"voted": 0.5, "first": 0.5}}
    assert soft(halves)[0] == "first"
    unlike = {"a": {"ham": 0.6, "spam": 0.4}, "b": {"spam": 0.3}, "c": {"spam": 0.3, "ham": 0.4}}
    assert soft(unlike)[0] == "ham"
    tie = {"a": "one", "b": "two"}
    assert soft(tie)[0] == "one"
    assert soft(tie, SoftVote({"a": 0.2, "b": 0.4}))[0] == "two"
    assert SoftVote({"a": 0.2}).signature != SoftVote().signature


@given(st.lists(st.lists(LABELS | st.none(), min_size=1, max_size=5), min_size=1, max_size=5))
def test_without_probabilities_it_is_the_vote(rows):
    ballots = list(collect_all([Segment("x", named(row)) for row in rows], "labels"))
    vote, same = Majority().fit(ballots), SoftVote().fit(ballots)
    for ballot in ballots:
        assert combine(ballot, same) == combine(ballot, vote)


@given(OUTPUTS)
def test_means_are_probabilities_that_sum_to_at_most_one(outputs):
    _, mean = soft(named(outputs))
    assert all(0 < value <= 1 for value in mean.values())
    assert sum(mean.values()) <= 1 + 1e-9


@given(OUTPUTS, st.randoms(use_true_random=False))
def test_the_order_of_systems_and_of_classes_changes_no_mean(outputs, shuffle):
    items = list(named(outputs).items())
    shuffle.shuffle(items)
    assert soft(dict(items))[1] == soft(named(outputs))[1]
    turned = {
        name: dict(reversed(output.items())) if isinstance(output, dict) else output
        for name, output in items
    }
    assert soft(turned)[1] == soft(named(outputs))[1]


@given(OUTPUTS, st.integers(0, 99))
def test_spellings_of_one_label_change_nothing(outputs, seed):
    chance = Random(seed)

    def spelt(label):
        return chance.choice([label, f" {label}", f"{label}\u200b", f"{label}\t"])

    other = {
        name: {spelt(label): p for label, p in output.items()}
        if isinstance(output, dict)
        else output
        for name, output in named(outputs).items()
    }
    text, mean = soft(named(outputs))
    again, means = soft(other)
    assert (again and again.strip("\u200b")) == text
    assert {label.strip("\u200b"): value for label, value in means.items()} == mean
