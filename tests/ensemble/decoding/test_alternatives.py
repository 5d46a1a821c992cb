"""Vote on where before what."""

import pytest

from ensemble.candidates import collect
from ensemble.combiners.base import combine
from ensemble.combiners.majority import Majority
from evaluation.records import Segment


def vote(source: str, *texts: str, k: int | None = None):
    segment = Segment(source, {f"s{i}": text for i, text in enumerate(texts)})
    return combine(collect(segment, "edits"), Majority(k=k))


def test_the_best_change_of_a_word_that_most_change_is_taken_and_says_so():
    forms = "doesn't doesn't don't done dont".split()
    combination = vote("He dont know", *(f"He {form} know" for form in forms))
    assert combination.text == "He doesn't know"
    best = max(combination.decisions, key=lambda decision: decision.probability)
    assert best.accepted
    assert best.reason == "best of those that change this"
    assert best.note == '4 of 5 change this; 2 for "doesn\'t"'
    assert best.evidence()["note"] == best.note


def test_another_glyph_is_not_a_change_of_the_word():
    forms = "don't don't don’t don’t don’t".split()
    combination = vote("He dont’ know", *(f"He {form} know" for form in forms))
    assert [d.note for d in combination.decisions] == [None]
    changes = "won't won't can't don’t don’t don’t".split()
    decisions = vote("He don't know", *(f"He {form} know" for form in changes)).decisions
    assert sorted(d.note or "" for d in decisions) == [
        "",
        '3 of 6 change this; 1 for "can\'t"',
        '3 of 6 change this; 2 for "won\'t"',
    ]


@pytest.mark.parametrize(
    "forms",
    [
        "doesn't doesn't don't dont dont",  # too few change it
        "doesn't doesn't don't don't dont",  # none of them leads
        "doesn't don't done dot dont",  # none has two voters
    ],
)
def test_otherwise_the_word_stays(forms):
    assert vote("He dont know", *(f"He {form} know" for form in forms.split())).text == (
        "He dont know"
    )


def test_where_votes_are_asked_for_so_many_are_needed():
    forms = "doesn't doesn't don't done dont".split()
    assert vote("He dont know", *(f"He {f} know" for f in forms), k=3).text == "He dont know"


def test_what_is_put_in_is_no_change_of_a_word():
    texts = ["I like the it", "I like the it", "I like an it", "I like of it", "I like it"]
    assert vote("I like it", *texts).text == "I like it"


def test_where_all_agree_there_is_no_note():
    (decision,) = vote("he go", "he goes", "he goes").decisions
    assert decision.note is None
