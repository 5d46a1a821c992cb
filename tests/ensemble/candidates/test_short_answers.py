"""Short answers as labels: one form for all that agree in content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates.answer_key import answer_key
from ensemble.candidates.short_answers import as_labels

ANSWERS = st.sampled_from(
    [
        "Paris",
        "paris.",
        " **Paris** ",
        "The Paris",
        "Rome",
        "rome",
        "1,800",
        "$1800.00",
        "1800",
        "no",
    ]
)
GIVEN = st.dictionaries(st.sampled_from("abcdef"), ANSWERS, min_size=1)


@given(GIVEN)
def test_answers_have_one_form_exactly_where_they_agree(given_: dict[str, str]) -> None:
    labels = as_labels(given_)
    keys = {name: answer_key(text) for name, text in given_.items()}
    if len(set(keys.values())) == len(keys):
        assert labels is None
        return
    assert labels is not None
    assert list(labels) == list(given_)
    for name, label in labels.items():
        assert label in {
            text.strip() for other, text in given_.items() if keys[other] == keys[name]
        }
        assert answer_key(label) == keys[name]
    for a in given_:
        for b in given_:
            assert (labels[a] == labels[b]) == (keys[a] == keys[b])


@given(GIVEN)
def test_which_answers_agree_does_not_depend_on_their_order(given_: dict[str, str]) -> None:
    labels, turned = as_labels(given_), as_labels(dict(reversed(given_.items())))
    assert (labels is None) == (turned is None)
    if labels and turned:
        assert {(a, b) for a in labels for b in labels if labels[a] == labels[b]} == {
            (a, b) for a in turned for b in turned if turned[a] == turned[b]
        }


def test_the_form_is_that_of_most_and_of_equals_the_first() -> None:
    assert as_labels({"a": "Paris.", "b": "paris", "c": "paris"}) == dict.fromkeys("abc", "paris")
    assert as_labels({"a": "Paris.", "b": "paris"}) == dict.fromkeys("ab", "Paris.")


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"a": "Paris"},
        {"a": "Paris", "b": "Rome"},
        {
            "a": "Paris",
            "b": "Paris",
            "c": "It is Paris, I think, but ask someone who has been there.",
        },
        {"a": "Paris", "b": "Paris", "c": "x" * 81},
        {"a": "yes", "b": "yes", "c": "..."},
    ],
)
def test_prose_and_answers_that_all_differ_are_not_labels(answers: dict[str, str]) -> None:
    assert as_labels(answers) is None
