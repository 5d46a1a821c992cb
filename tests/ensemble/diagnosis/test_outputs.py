"""A correction is right however it is cut, if it makes what gold edits that touch make."""

import numpy as np

from ensemble.candidates import collect_all
from ensemble.diagnosis.outputs import accept_merged_edits
from ensemble.targets import from_gold
from evaluation.records import Annotated, GoldEdit, Segment

SOURCE = "He is at a school of town"


def gold(*edits):
    found = [GoldEdit(a, b, (tuple(text.split()),), "R:OTHER") for a, b, text in edits]
    return [Annotated(tuple(SOURCE.split()), {0: tuple(found)})]


def values(hypothesis, sentences):
    ballots = list(collect_all([Segment(SOURCE, {"a": hypothesis})], "edits"))
    targets = from_gold(ballots, sentences)
    return targets, accept_merged_edits(ballots, targets, sentences)


def test_an_edit_that_makes_two_that_touch_is_right():
    touching = gold((5, 6, "in"), (6, 6, "the"))
    strict, found = values("He is at a school in the town", touching)
    assert strict.flat.tolist() == [0]
    assert found.flat.tolist() == [1]
    assert found.gold.tolist() == [2]


def test_no_other_edit_becomes_right():
    for sentences in (gold((5, 6, "in"), (6, 6, "this")), gold((5, 6, "in"), (7, 7, "the"))):
        strict, found = values("He is at a school in the town", sentences)
        assert np.array_equal(found.flat, strict.flat)
        assert found.flat.tolist() == [0]
