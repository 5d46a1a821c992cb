"""The steps of all cheapest alignments, against their definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from evaluation.metrics.maxmatch import alignments
from evaluation.metrics.maxmatch.alignments import TooManyEditsError, cheapest_steps

WORDS = st.lists(st.sampled_from("abc"), max_size=7)


def by_definition(source, hypothesis, substitution):
    """A step is on a cheapest alignment if to, over and from it nothing is lost."""

    def distance(first, second):
        return Levenshtein.distance(first, second, weights=(1, 1, substitution))

    steps = {}
    for i in range(len(source) + 1):
        for j in range(len(hypothesis) + 1):
            for k, m in ((i - 1, j - 1), (i - 1, j), (i, j - 1)):
                lengths = [
                    distance(source[: max(k, 0)], hypothesis[: max(m, 0)]),
                    distance(source[max(k, 0) : i], hypothesis[max(m, 0) : j]),
                    distance(source[i:], hypothesis[j:]),
                ]
                if min(k, m) >= 0 and sum(lengths) == distance(source, hypothesis):
                    steps.setdefault((i, j), []).append((k, m))
    return steps


@given(WORDS, WORDS, st.sampled_from([1, 2]))
def test_steps_are_those_of_the_definition(source, hypothesis, substitution):
    steps = cheapest_steps(source, hypothesis, substitution)
    assert steps == by_definition(source, hypothesis, substitution)


def test_a_replacement_that_costs_two_is_also_a_deletion_and_an_insertion():
    assert cheapest_steps(["a"], ["b"], 1) == {(1, 1): [(0, 0)]}
    assert cheapest_steps(["a"], ["b"], 2) == {
        (1, 1): [(0, 0), (0, 1), (1, 0)],
        (0, 1): [(0, 0)],
        (1, 0): [(0, 0)],
    }


@pytest.mark.parametrize("limit", ["MAX_CELLS", "MAX_NODES"])
def test_beyond_a_limit_it_says_so(monkeypatch, limit):
    monkeypatch.setattr(alignments, limit, 50)
    assert cheapest_steps(["a"] * 3, ["b"] * 3, 2)
    with pytest.raises(TooManyEditsError, match="over 50 "):
        cheapest_steps(["a"] * 8, ["b"] * 8, 2)
