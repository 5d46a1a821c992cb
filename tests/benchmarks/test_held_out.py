"""The division of a text into train, development and reported: no text is in two parts."""

import os
from hashlib import sha256
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.held_out import DEVELOPMENT, REPORTED, divide, split


def _texts(lines):
    return {" ".join(line.casefold().split()) for line in lines}


LONG = st.lists(st.sampled_from("abAB"), min_size=6, max_size=8).map(" ".join)
LINES = st.lists(LONG | st.sampled_from(["a", "A", "b  a", "B a"]), min_size=6, max_size=40)


@given(LINES.filter(lambda lines: len({x for x in lines if len(x) > 10}) > 3), st.randoms())
def test_parts_are_disjoint_by_text_and_lose_none(lines, order):
    parts = divide(lines, (0, 2), development=2, reported=3)
    for one, other in combinations(map(_texts, parts), 2):
        assert not one & other
    assert set.union(*map(_texts, parts)) == _texts(lines)
    order.shuffle(lines)
    assert divide(lines, (0, 2), development=2, reported=3) == parts


def test_sentences_that_differ_by_case_are_in_one_part():
    parts = divide(["a b c d e f", "A b c d e f"], development=1, reported=1)
    assert (len(parts.development), parts.reported, parts.train) == (1, [], [])


def test_those_probed_are_trained_on_and_not_reported():
    lines = [f"a b c d e {i}" for i in range(9)]
    before, after = divide(lines, (), 2, 3), divide(lines, (1,), 2, 3)
    assert before.reported[1] in after.train
    assert after.reported[:2] == [before.reported[0], before.reported[2]]


@pytest.mark.skipif("CONSORT_DATA" not in os.environ, reason="CONSORT_DATA is not set")
@pytest.mark.parametrize(
    ("language", "digest"),
    [
        ("English", "03478e51410b"),
        ("French", "81768c3673af"),
        ("Italian", "26bf5f6da40e"),
        ("Portuguese", "8a2f4f500512"),
    ],
)
def test_the_reported_sentences_stay_those_that_nothing_was_chosen_on(language, digest):
    parts = split(language)
    assert (len(parts.development), len(parts.reported)) == (DEVELOPMENT, REPORTED)
    assert sha256("\n".join(parts.reported).encode()).hexdigest()[:12] == digest
