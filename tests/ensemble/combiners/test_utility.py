"""Expected utility of texts: first the votes for the same final answer, then likeness."""

from dataclasses import replace

import numpy as np
import pytest
from fastchrf import pairwise_chrf
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect
from ensemble.candidates.final_answer import final_answer
from ensemble.combiners import utility
from ensemble.combiners.base import combine
from ensemble.combiners.mbr import MinimumBayesRisk
from ensemble.combiners.utility import Utility, by_answer, comparing_once
from evaluation.records import Segment

WORDS = st.lists(st.sampled_from("so we add them up and get a few boats".split()), max_size=8)
PROSE = WORDS.map(" ".join).filter(bool)
REASONED = st.builds(
    lambda words, answer: f"{words}. {answer}",
    PROSE,
    st.sampled_from(
        ["The answer is 5.", "The answer is 5.0.", "The answer is 6.", r"\boxed{7}", ""]
    ),
)


def ballot(texts):
    return collect(Segment("How many?", dict(enumerate_names(texts))), "texts")


def enumerate_names(texts):
    return ((f"s{i}", text) for i, text in enumerate(texts))


def utilities(texts):
    """Return the utility of each different text, by text, as mbr gives it."""
    judged = ballot(texts)
    verdict = MinimumBayesRisk().judge_one(judged)
    replacements = [candidate.replacement for candidate in judged.candidates]
    return dict(zip(replacements, verdict.probabilities, strict=True))


def chosen(*texts):
    return combine(ballot(texts), MinimumBayesRisk()).text


def test_the_answer_of_most_systems_is_chosen_whatever_the_wording():
    alike = "We add three and four boats and so the answer is"
    texts = (f"{alike} 8.", f"{alike} 9.", "The answer is 7.", r"3 + 4 = \boxed{7.0}")
    assert final_answer(chosen(*texts)) == "7"


def test_likeness_decides_between_answers_of_as_many_systems():
    odd, one, other = "Thus: the answer is 1.", "We see the answer is 2.", "We see the answer is 3."
    assert chosen(odd, one, other) in (one, other)


def test_utility_is_the_votes_for_the_answer_and_then_likeness():
    texts = ["It is so. The answer is 7.", "We add. The answer is 7.0.", "We add. The answer is 8."]
    utility = Utility.of(texts, [2, 1, 1])
    table = np.array(pairwise_chrf([texts], [texts])[0]) / 100
    assert utility.agreeing.tolist() == [3, 3, 1]
    assert utility.likeness == pytest.approx(table @ [2, 1, 1] / 4)
    assert utility.expected == pytest.approx((utility.agreeing + utility.likeness) / 5)
    assert utility.same_answer.tolist() == [0.75, 0.75, 0.25]


@pytest.mark.parametrize(
    ("texts", "counts"),
    [
        (["The answer is 7.", "seven"], False),  # one answer is not an agreement
        (["The answer is 7.", "The answer is 8."], True),
        (["The answer is 7.", "The answer is 8.", "seven", "some boats"], True),
        (["The answer is 7.", "The answer is 7.0.", "seven", "some boats", "a boat"], False),
    ],
)
def test_answers_count_where_half_and_at_least_two_state_one(texts, counts):
    assert Utility.of(texts, [1] * len(texts)).agreeing.any() == counts


@given(st.lists(PROSE, min_size=1, max_size=5))
def test_without_answers_mbr_is_the_expected_chrf_bit_for_bit(texts):
    judged = ballot(texts)
    replacements = [candidate.replacement for candidate in judged.candidates]
    votes = [len(candidate.voters) for candidate in judged.candidates]
    table = np.array(pairwise_chrf([replacements], [replacements])[0])
    expected = (table @ votes / (100 * sum(votes))).tolist()
    assert MinimumBayesRisk().judge_one(judged).probabilities == expected


@given(st.lists(REASONED, min_size=1, max_size=6))
def test_more_votes_for_the_answer_come_before_any_likeness(texts):
    utility = Utility.of(texts, [1] * len(texts))
    assert all(0 <= value <= 1 for value in utility.expected)
    order = sorted(range(len(texts)), key=lambda i: (utility.agreeing[i], utility.likeness[i]))
    assert np.all(np.diff(utility.expected[order]) >= 0)


@given(st.lists(REASONED, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_systems_does_not_matter(texts, random):
    shuffled = random.sample(texts, len(texts))
    assert utilities(shuffled) == pytest.approx(utilities(texts))


@given(st.lists(REASONED, min_size=1, max_size=5))
def test_every_system_given_twice_ranks_the_texts_alike(texts):
    if len(list(filter(None, map(final_answer, texts)))) == 1:
        return  # one vote for an answer does not count, and two do
    once, twice = utilities(texts), utilities(texts + texts)
    best = max(twice.values())
    assert once[max(twice, key=twice.__getitem__)] == pytest.approx(max(once.values()))
    assert twice[max(once, key=once.__getitem__)] == pytest.approx(best)


@given(st.lists(REASONED, min_size=2, max_size=5))
def test_another_vote_for_the_chosen_text_leaves_its_answer_chosen(texts):
    if not all(map(final_answer, texts)):
        return  # with another vote, answers may begin to count
    best = chosen(*texts)
    assert final_answer(chosen(*texts, best)) == final_answer(best)


def test_texts_with_the_same_answer_are_one_candidate_of_the_ballot_of_answers():
    texts = ("We add. The answer is 7.", "So 7.0. #### 7", r"So \boxed{8}", "Some boats")
    merged = by_answer(ballot(texts))
    assert [candidate.voters for candidate in merged.candidates] == [
        ("s0", "s1"),
        ("s2",),
        ("s3",),
    ]
    plain = ballot(("some boats", "a boat", "boats"))
    assert by_answer(plain) == plain
    assert by_answer(replace(plain, candidates=())) == replace(plain, candidates=())


def test_mbr_learns_who_agrees_on_answers():
    ballots = [
        ballot((f"So the answer is {i}.", f"\\boxed{{{i if i % 4 else 9}}}", f"No: #### {i + 100}"))
        for i in range(80)
    ]
    agreement = MinimumBayesRisk().fit(ballots).agreement
    assert agreement["s0"] > agreement["s2"]
    assert agreement["s1"] > agreement["s2"]


def test_texts_are_compared_once_for_as_long_as_that_is_asked_for(monkeypatch):
    compared = []

    def counted(texts, others):
        compared.append(texts)
        return pairwise_chrf(texts, others)

    monkeypatch.setattr(utility, "pairwise_chrf", counted)
    first, second = ["One text.", "Another text."], ["One text.", "A third."]
    with comparing_once():
        known = Utility.of(first, [1, 2])
        with comparing_once():
            again = Utility.of(first, [2, 1])
        Utility.of(second, [1, 1])
    assert len(compared) == 2
    assert np.array_equal(known.alike, again.alike)
    assert known.likeness.tolist() != again.likeness.tolist()
    Utility.of(first, [1, 2])
    assert len(compared) == 3


def test_no_more_comparisons_are_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(utility, "_MOST_KEPT", 4)
    with comparing_once():
        Utility.of(["One text.", "Another text."], [1, 1])
        Utility.of(["A third.", "A fourth."], [1, 1])
        known = utility._known.get()
    assert known is not None
    assert known.numbers == 4
