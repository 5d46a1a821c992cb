"""What a language model makes of candidates: asked once, and for edits alone."""

from types import SimpleNamespace

import numpy as np
import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.neural import context
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.context import read_ahead, read_in_context
from ensemble.combiners.neural.vote_matrix import VoteMatrix
from ensemble.competence import Profile
from evaluation.models.edit_lm import CHANGES
from evaluation.records import Segment

ASKED = []


def fake_changes(model, pairs):
    ASKED.extend(pairs)
    return np.array([[float(len(after) - len(before))] * len(CHANGES) for before, after in pairs])


@pytest.fixture(autouse=True)
def model(monkeypatch):
    ASKED.clear()
    reader = context._Reader(SimpleNamespace(revision="0123456789abcdef" * 4))
    monkeypatch.setattr(context, "changes", fake_changes)
    monkeypatch.setattr(context, "_reader", lambda name: reader)


def votes(*segments, kind="edits"):
    ballots = list(collect_all(segments, kind))
    return VoteMatrix(ballots, Profile.of(ballots))


def test_a_column_for_each_thing_it_says():
    segment = Segment("he go", {"a": "he goes", "b": "he goes there"})
    columns = read_in_context(votes(segment, segment), "any")
    assert [name.removeprefix("context: ") for name in columns] == list(CHANGES)
    assert {len(values) for values in columns.values()} == {4}


def test_the_same_change_is_read_once():
    segment = Segment("he go", {"a": "he goes"})
    for _ in range(3):
        read_in_context(votes(segment, segment), "any")
    assert ASKED == [("he go", "he goes")]


def test_it_is_for_edits():
    with pytest.raises(ValueError, match="context is for edits"):
        read_in_context(votes(Segment("x", {"a": "y"}), kind="labels"), "any")


def test_trained_with_it_it_is_asked_when_judging(planted):
    ballots, targets = planted.edits(60, {"a": 0.9, "b": 0.5, "c": 0.3})
    combiner = Neural.learn(ballots, targets, context="any")
    assert combiner.learnt is not None
    assert combiner.learnt.columns[-len(CHANGES) :] == tuple(f"context: {name}" for name in CHANGES)
    ASKED.clear()
    new, _ = planted.edits(5, {"a": 0.9, "b": 0.5, "c": 0.3}, seed=9)
    combiner.judge(new)
    assert ASKED


def no_bar(jobs, what):
    return jobs


def test_what_was_read_ahead_is_not_read_again(tmp_path):
    one, two = Segment("he go", {"a": "he goes"}), Segment("I is", {"a": "I am"})
    read_ahead(votes(one).ballots, "any", no_bar, tmp_path / "new")
    first = read_in_context(votes(one), "any")
    context._reader("any").known.clear()
    read_ahead(votes(one, two).ballots, "any", no_bar, tmp_path / "new")
    assert ASKED == [("he go", "he goes"), ("I is", "I am")]
    again = read_in_context(votes(one), "any")
    assert all(np.array_equal(again[name], first[name]) for name in first)


def test_a_run_broken_off_in_the_middle_of_writing_goes_on(tmp_path):
    texts = [Segment(f"he go {i}", {"a": f"he goes {i}"}) for i in range(3)]
    read_ahead(votes(*texts[:2]).ballots, "any", no_bar, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-2])
    for _ in range(2):
        context._reader("any").known.clear()
        read_ahead(votes(*texts).ballots, "any", no_bar, tmp_path)
    asked = [before for before, _ in ASKED]
    assert asked == ["he go 0", "he go 1", "he go 1", "he go 2"]
