"""What a language model makes of candidates: asked once, and for edits alone."""

import numpy as np
import pytest

from ensemble.candidates import collect_all
from ensemble.competence import Profile
from ensemble.neural import context
from ensemble.neural.context import read_in_context
from ensemble.neural.poll import Poll
from ensemble.neural.training import train
from evaluation.language import CHANGES
from evaluation.records import Segment

ASKED = []


def fake_changes(model, pairs):
    ASKED.extend(pairs)
    return np.array([[float(len(after) - len(before))] * len(CHANGES) for before, after in pairs])


@pytest.fixture(autouse=True)
def model(monkeypatch):
    ASKED.clear()
    reader = context._Reader(None)
    monkeypatch.setattr(context, "changes", fake_changes)
    monkeypatch.setattr(context, "_reader", lambda name: reader)


def poll(*segments, kind="edits"):
    ballots = list(collect_all(segments, kind))
    return Poll(ballots, Profile.of(ballots))


def test_a_column_for_each_thing_it_says():
    segment = Segment("he go", {"a": "he goes", "b": "he goes there"})
    columns = read_in_context(poll(segment, segment), "any")
    assert [name.removeprefix("context: ") for name in columns] == list(CHANGES)
    assert {len(values) for values in columns.values()} == {4}


def test_the_same_change_is_read_once():
    segment = Segment("he go", {"a": "he goes"})
    for _ in range(3):
        read_in_context(poll(segment, segment), "any")
    assert ASKED == [("he go", "he goes")]


def test_it_is_for_edits():
    with pytest.raises(ValueError, match="context is for edits"):
        read_in_context(poll(Segment("x", {"a": "y"}), kind="labels"), "any")


def test_trained_with_it_it_is_asked_when_judging(planted):
    ballots, targets = planted.edits(60, {"a": 0.9, "b": 0.5, "c": 0.3})
    combiner = train(ballots, targets, context="any")
    assert combiner.learnt is not None
    assert combiner.learnt.columns[-len(CHANGES) :] == tuple(f"context: {name}" for name in CHANGES)
    ASKED.clear()
    new, _ = planted.edits(5, {"a": 0.9, "b": 0.5, "c": 0.3}, seed=9)
    combiner.judge(new)
    assert ASKED
