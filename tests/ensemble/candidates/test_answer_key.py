"""Answers that are equal have one key, and others have another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates.answer_key import answer_key

EQUAL = {
    "1800": [
        "1800",
        "1,800",
        "1800.0",
        "$1,800.00",
        "1 800 €".replace(" ", "\u202f", 1),
        "1{,}800",
    ],
    "50%": ["50%", "50 %", "50\\%", "50 percent", "50.0 per cent", "50 Prozent"],
    "50": ["50", "50.", "**50**", "`50`", "\\(50\\)", "\\text{50}", "５０", "50 apples", "x = 50"],
    "1/2": ["1/2", "0.5", ".5", "0,5", "2/4", "½", "\\frac{1}{2}", "\\dfrac12", "$\\tfrac{1}{2}$"],
    "-3": ["-3", "−3", "-3.0", "-$3", "- 3", "y = -3", "-3°", "-3^\\circ"],
    "1200000": ["1.2 million", "1,200,000", "12,00,000", "$1.2 million dollars"],
    "12": ["12 (twelve)", "12, not 24", "12 because 3 * 4 = 12", "3 * 4 = 12", "the 12 of them"],
    "B": [
        "B",
        "(B)",
        "B.",
        "B) Paris",
        "B. Paris",
        "(b)",
        "b)",
        "[B]",
        "option B",
        "Choice (B): 7",
    ],
    "C": ["\\text{C}", "**C**", "(C) 12", "the option C", "C: because of rain"],
    "yes": ["Yes", "yes.", "YES!", "Yes, because it is late", "**Yes**", "Yes: 3 > 2"],
    "no": ["no", "No.", "No, it is not"],
    "paris": ["Paris", "paris.", '"Paris"', "\\text{Paris}", "«Paris»", "the Paris", "*Paris*,"],
    "(1,2)": ["(1, 2)", "( 1,2 )", "\\left(1, 2\\right)"],
    "\\sqrt2": ["\\sqrt{2}", "$\\sqrt{2}$"],
    "no solution": ["no solution", "No solution."],
}
"""Statements of the same answer, by key."""

NONE = [
    "",
    "   ",
    "...",
    "**",
    "{answer}",
    "[your answer]",
    "$$",
    "one two three four five six seven 8 9",
]


@pytest.mark.parametrize(
    ("key", "statement"), [(key, text) for key, texts in EQUAL.items() for text in texts]
)
def test_equal_answers_have_one_key(key, statement):
    assert answer_key(statement) == key


@pytest.mark.parametrize("statement", NONE)
def test_what_is_no_answer_has_no_key(statement):
    assert answer_key(statement) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("50", "50%"),
        ("5", "5 million"),
        ("5", "not 5"),
        ("2", "x^2"),
        ("2", "2x"),
        ("2", "\\sqrt{2}"),
        ("2", "H2O"),
        ("19", "COVID-19"),
        ("3", "-3"),
        ("1/2", "1/0"),
        ("12", "12:30"),
        ("4", "4/7/1776"),
        ("1.2", "(1,2)"),
        ("2", "x = 1 and y = 2"),
        ("A", "a dog"),
        ("no", "no solution"),
        ("20", "20 miles in 3 hours"),
    ],
)
def test_other_answers_have_another_key(one, other):
    assert answer_key(one) != answer_key(other)


def test_a_number_keeps_all_its_digits():
    assert answer_key("0.1234567890123456789") != answer_key("0.1234567890123456788")
    assert answer_key("9" * 150) == "9" * 150


@given(st.text(max_size=300))
def test_any_statement_has_a_key_or_none_and_spaces_around_it_do_not_count(statement):
    key = answer_key(statement)
    assert key is None or key
    if len(statement) < 190:
        assert answer_key(f" {statement}\n") == key


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_is_its_own_key_however_it_is_grouped(value):
    forms = (f"{value}", f"{value:,}", f"{value}.00", f"**{value:,}** units", f"\\text{{{value}}}")
    assert {answer_key(form) for form in forms} == {str(value)}
