"""Ids of segments: the same number in other forms, and offsets, by laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.segment_ids import better_offset, canonical, form_of, match_ids

FORMS = {
    "decimal": "{}.0",
    "padded": "0{}",
    "spaced": " {}",
}
NUMBERS = st.lists(st.integers(0, 300), min_size=1, max_size=30, unique=True)
IDS = st.lists(st.text("0123 .ab-", max_size=4), max_size=12, unique=True)


@pytest.mark.parametrize(
    ("given_id", "number", "form"),
    [
        ("2", "2", "plain"),
        ("2.0", "2", "decimal"),
        (" 2.00", "2", "decimal"),
        ("002", "2", "padded"),
        ("+2", "2", "padded"),
        ("-0", "0", "padded"),
        ("2 ", "2", "spaced"),
        ("2.5", "2.5", "plain"),
        ("doc2", "doc2", "plain"),
        ("", "", "plain"),
    ],
)
def test_the_number_and_the_form_of_an_id(given_id, number, form):
    assert canonical(given_id) == number
    assert form_of(given_id) == form


@given(IDS, IDS)
def test_an_id_that_a_text_has_is_always_that_texts(segments, texts):
    matched = match_ids(segments, texts)
    assert all(matched[name] == name for name in set(segments) & set(texts))
    assert set(matched) <= set(segments)
    assert set(matched.values()) <= set(texts)
    assert all(canonical(name) == canonical(text) for name, text in matched.items())


@given(IDS, IDS, st.randoms())
def test_the_order_of_ids_does_not_matter(segments, texts, chance):
    shuffled, others = chance.sample(segments, len(segments)), chance.sample(texts, len(texts))
    assert match_ids(shuffled, others) == match_ids(segments, texts)


@given(IDS, IDS)
def test_no_two_ids_of_one_form_are_the_same_text(segments, texts):
    matched = match_ids(segments, texts)
    read = [(form_of(name), text) for name, text in matched.items() if name != text]
    assert len(set(read)) == len(read)


@given(NUMBERS, st.sampled_from(sorted(FORMS)), st.booleans())
def test_numbers_in_one_other_form_are_the_same(numbers, form, texts_differ):
    plain = [str(number) for number in numbers]
    other = [FORMS[form].format(number) for number in numbers]
    segments, texts = (plain, other) if texts_differ else (other, plain)
    assert match_ids(segments, texts) == dict(zip(segments, texts, strict=True))


@given(NUMBERS, st.sampled_from(sorted(FORMS)))
def test_one_id_of_a_form_without_a_text_takes_the_form_away(numbers, form):
    segments = [FORMS[form].format(number) for number in (*numbers, 999)]
    assert match_ids(segments, [str(number) for number in numbers]) == {}


def test_ambiguous_ids_are_not_the_same():
    assert match_ids(["2.0"], ["2", "02"]) == {}
    assert match_ids(["02", "002"], ["2"]) == {}
    assert match_ids(["2", "2.0"], ["2", "3"]) == {"2": "2", "2.0": "2"}  # two forms of one id


@given(st.integers(2, 60), st.integers(-50, 50))
def test_an_offset_is_found_where_it_matches_more(n, offset):
    texts = [str(number) for number in range(1, n + 1)]
    ids = {str(number + offset): 1 for number in range(1, n + 1)}
    assert better_offset(ids, texts) == (-offset or None)


def test_no_offset_where_it_matches_no_more():
    texts = [str(number) for number in range(1, 101)]
    assert better_offset({str(number): 1 for number in range(5, 60)}, texts) is None
    assert better_offset({**dict.fromkeys(texts, 2), "5000": 1}, texts) is None
    assert better_offset({"a": 1, "b": 1}, texts) is None
    assert better_offset({"1": 1}, ["a"]) is None
    assert better_offset({"1" * 400: 1, "0": 1}, ["1"]) == 1
