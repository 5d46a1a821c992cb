"""How much texts look like those trained on."""

from dataclasses import replace

import numpy as np
import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.looks import look_of, looks_of
from ensemble.combiners.neural.novelty import KnownLooks, Looks
from evaluation.records import Segment

KINDS = ("edits", "texts", "labels")
SKILLS = {"a": 0.8, "b": 0.6, "c": 0.4}


@pytest.mark.parametrize("kind", KINDS)
def test_texts_of_one_kind_are_alike(planted, kind):
    known, other = (getattr(planted, kind)(300, SKILLS, seed=seed)[0] for seed in (1, 2))
    assert KnownLooks.of(known).likeness(Looks.of(other)) > 0.9


def test_other_texts_are_unlike(planted):
    known, _ = planted.edits(300, SKILLS)
    source = "a very long sentence of many words in which hardly anything was changed " * 3
    segments = [
        Segment(f"{source}{i} .", {"a": f"{source}{i} indeed and so on !", "b": f"{source}{i} ."})
        for i in range(300)
    ]
    other = list(collect_all(segments, "edits"))
    assert KnownLooks.of(known).likeness(Looks.of(other)) < 0.3


def test_few_candidates_say_little(planted):
    known, _ = planted.edits(300, SKILLS)
    [odd] = collect_all([Segment("one two three", {"a": "1 2 3 4 5 6 7 8"})], "edits")
    assert KnownLooks.of(known).likeness(Looks.of([odd])) > 0.6
    assert KnownLooks.of(known).likeness(Looks()) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_looks_of_parts_add_up(planted, kind):
    ballots, _ = getattr(planted, kind)(60, SKILLS)
    parts = Looks.of(ballots[:20]) + Looks.of(ballots[20:]) + Looks()
    assert parts.count == Looks.of(ballots).count
    assert parts.total == pytest.approx(Looks.of(ballots).total)
    assert look_of(ballots).shape[1] == looks_of(kind)


def test_looks_are_independent_of_who_voted(planted):
    ballots, _ = planted.edits(60, SKILLS)
    others = [
        replace(
            b, candidates=tuple(c._replace(voters=("z",)) for c in b.candidates), systems=("z",)
        )
        for b in ballots
    ]
    assert np.array_equal(look_of(ballots), look_of(others))


def test_texts_unlike_those_trained_on_move_the_decision_to_the_vote(planted):
    known, targets = planted.edits(300, SKILLS)
    combiner = Neural.learn(known, targets)
    moved = replace(combiner, learnt=replace(combiner.learnt, known=_far(combiner.learnt.known)))
    assert combiner.fit(known).remarks == ()
    fitted = moved.fit(known)
    assert fitted.likeness < 0.01
    (remark,) = fitted.remarks
    assert remark.startswith("texts differ from those trained on: trust in training 0.00")
    assert fitted.signature != combiner.fit(known).signature
    vote = Neural().fit(known)
    for own, plain in zip(
        fitted.judge(known), replace(vote, profile=fitted.profile).judge(known), strict=True
    ):
        assert own.probabilities == pytest.approx(plain.probabilities, abs=1e-2)


def _far(known):
    return replace(known, mean=known.mean + 100)


@pytest.mark.parametrize("part", ["mean", "covariance", "count"])
def test_saved_looks_are_checked(planted, part):
    known = KnownLooks.of(planted.edits(60, SKILLS)[0])
    size = len(known.mean)
    read = KnownLooks.from_tensors(known.tensors(), size)
    assert np.array_equal(read.covariance, known.covariance)
    with pytest.raises(KeyError):
        KnownLooks.from_tensors({n: a for n, a in known.tensors().items() if n != part}, size)
    for damaged in (np.zeros(3), known.tensors()[part] * np.nan):
        with pytest.raises(ValueError, match="looks"):
            KnownLooks.from_tensors({**known.tensors(), part: damaged}, size)
