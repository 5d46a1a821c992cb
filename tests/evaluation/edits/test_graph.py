"""The edit graph: what its arcs may join, and a graph small enough to write down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits import graph
from evaluation.edits.cheapest import TooManyEditsError
from evaluation.edits.graph import Arc, edit_graph

WORDS = st.lists(st.sampled_from("abc"), max_size=7)


def test_one_replaced_word_between_two():
    nodes, arcs = edit_graph("x a y".split(), "x b y".split(), 1)
    assert nodes == [(0, 0), (1, 1), (1, 2), (2, 1), (2, 2), (3, 3)]
    single = [
        Arc(0, 1, steps=1, unchanged=1, copies=2),
        Arc(1, 2, steps=1, unchanged=0, copies=1),
        Arc(1, 3, steps=1, unchanged=0, copies=1),
        Arc(1, 4, steps=1, unchanged=0, copies=2),
        Arc(2, 4, steps=1, unchanged=0, copies=1),
        Arc(3, 4, steps=1, unchanged=0, copies=1),
        Arc(4, 5, steps=1, unchanged=1, copies=2),
    ]
    joined = [(0, 2), (0, 3), (0, 4), (2, 5), (3, 5), (1, 5)]
    assert arcs[:7] == single
    assert sorted(arc[:2] for arc in arcs[7:]) == sorted(joined)


@given(WORDS, WORDS, st.integers(0, 3))
def test_arcs_lead_forward_and_join_few_unchanged_words(source, hypothesis, max_unchanged):
    nodes, arcs = edit_graph(source, hypothesis, max_unchanged)
    assert nodes == sorted(nodes)
    assert (nodes[0], nodes[-1]) == ((0, 0), (len(source), len(hypothesis)))
    assert len({arc[:2] for arc in arcs}) == len(arcs)
    for arc in arcs:
        (i, j), (k, m) = nodes[arc.tail], nodes[arc.head]
        assert arc.unchanged <= max(max_unchanged, 1)
        assert max(k - i, m - j) <= arc.steps <= (k - i) + (m - j)
        assert arc.changes or source[i:k] == hypothesis[j:m]


def test_equal_texts_have_no_edits():
    assert not any(arc.changes for arc in edit_graph("a b a".split(), "a b a".split(), 2).arcs)


def test_beyond_the_limit_it_says_so(monkeypatch):
    monkeypatch.setattr(graph, "MAX_ARCS", 50)
    with pytest.raises(TooManyEditsError, match="over 50 edits"):
        edit_graph(["a"] * 9, ["b"] * 9, 2)
