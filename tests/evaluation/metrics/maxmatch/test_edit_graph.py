"""The edit graph: what its arcs may join, and a graph small enough to write down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics.maxmatch import edit_graph as module
from evaluation.metrics.maxmatch.alignments import TooManyEditsError
from evaluation.metrics.maxmatch.edit_graph import edit_graph

WORDS = st.lists(st.sampled_from("abc"), max_size=7)


def test_one_replaced_word_between_two():
    found = edit_graph("x a y".split(), "x b y".split(), 1)
    assert found.nodes == [(0, 0), (1, 1), (1, 2), (2, 1), (2, 2), (3, 3)]
    single = [(0, 1), (1, 2), (1, 3), (1, 4), (2, 4), (3, 4), (4, 5)]
    joined = [(0, 2), (0, 3), (0, 4), (2, 5), (3, 5), (1, 5)]
    assert found.ends[:7] == single
    assert sorted(found.ends[7:]) == sorted(joined)
    assert found.steps[:7] == [1] * 7
    assert found.unchanged[:7] == [1, 0, 0, 0, 0, 0, 1]
    assert found.copies[:7] == [2, 1, 1, 2, 1, 1, 2]


@given(WORDS, WORDS, st.integers(0, 3))
def test_arcs_lead_forward_and_join_few_unchanged_words(source, hypothesis, max_unchanged):
    nodes, ends, steps, unchanged, _ = edit_graph(source, hypothesis, max_unchanged)
    assert nodes == sorted(nodes)
    assert (nodes[0], nodes[-1]) == ((0, 0), (len(source), len(hypothesis)))
    assert len(set(ends)) == len(ends)
    for (tail, head), joined, same in zip(ends, steps, unchanged, strict=True):
        (i, j), (k, m) = nodes[tail], nodes[head]
        assert same <= max(max_unchanged, 1)
        assert max(k - i, m - j) <= joined <= (k - i) + (m - j)
        assert joined > same or source[i:k] == hypothesis[j:m]


def test_equal_texts_have_no_edits():
    found = edit_graph("a b a".split(), "a b a".split(), 2)
    assert found.steps == found.unchanged


def test_beyond_the_limit_it_says_so(monkeypatch):
    monkeypatch.setattr(module, "MAX_ARCS", 50)
    with pytest.raises(TooManyEditsError, match="over 50 edits"):
        edit_graph(["a"] * 9, ["b"] * 9, 2)
