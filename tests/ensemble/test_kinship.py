"""Families of systems: found where they echo each other's mistakes, and nowhere else."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.registry import create
from ensemble.kinship import Kinship
from evaluation.records import Segment

CLASSES = 5


def judged(skills, family=(), seed=0, count=300):
    """Return ballots and true labels; the members of `family` err on the same cases, and alike."""
    chance = random.Random(seed)
    segments, truth = [], []
    for number in range(count):
        right, wrong = chance.sample(range(CLASSES), 2)
        labels = {
            f"alone {i}": right if chance.random() < skill else chance.randrange(CLASSES)
            for i, skill in enumerate(skills)
        }
        hard = chance.random()
        labels |= {f"kin {i}": right if hard < skill else wrong for i, skill in enumerate(family)}
        segments.append(Segment(f"case {number}", {n: str(v) for n, v in labels.items()}))
        truth.append(str(right))
    return list(collect_all(segments, "labels")), truth


def accuracy(combiner, ballots, truth):
    outputs = combine_all(ballots, create(combiner).fit(ballots))
    return np.mean([output.text == right for output, right in zip(outputs, truth, strict=True)])


@pytest.mark.parametrize("seed", range(5))
def test_a_weak_family_does_not_outvote_the_others(seed):
    ballots, truth = judged((0.7, 0.65, 0.6), (0.4, 0.4, 0.4), seed)
    assert ("kin 0", "kin 1", "kin 2") in Kinship.of(ballots).families
    assert accuracy("family-vote", ballots, truth) > accuracy("vote", ballots, truth) + 0.05


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("skills", [(0.7,) * 5, (0.95, 0.9, 0.6, 0.5), (0.9, 0.5, 0.5, 0.5, 0.5)])
def test_good_systems_are_no_family(skills, seed):
    ballots, truth = judged(skills, seed=seed)
    assert Kinship.of(ballots).families == ()
    assert accuracy("family-vote", ballots, truth) == accuracy("vote", ballots, truth)


def test_a_copy_is_kin_however_it_is_spaced():
    ballots, _ = judged((0.7, 0.65, 0.6, 0.6))
    segments = []
    for ballot in ballots:
        labels = {name: c.replacement for c in ballot.candidates for name in c.voters}
        copy = f" {labels['alone 0']}\u00a0"
        segments.append(Segment(ballot.source, {**labels, "copy": copy}))
    doubled = list(collect_all(segments, "labels"))
    assert Kinship.of(doubled).families == (("alone 0", "copy"),)


def test_three_systems_cannot_tell():
    ballots, _ = judged((0.6,), (0.4, 0.4))
    assert Kinship.of(ballots).families == ()


@given(cut=st.integers(0, 60), seed=st.integers(0, 20))
def test_counts_of_parts_add_up(cut, seed):
    ballots, _ = judged((0.7, 0.6, 0.5), (0.4, 0.4), seed, count=60)
    parts = Kinship.of(ballots[:cut]) + Kinship.of(ballots[cut:])
    whole = Kinship.of(ballots)
    assert parts.systems == whole.systems
    assert np.array_equal(parts.contradicted, whole.contradicted)
    assert np.array_equal(parts.echoed, whole.echoed)


def test_the_families_are_told():
    ballots, _ = judged((0.7, 0.65, 0.6), (0.4, 0.4))
    (remark,) = create("family-vote").fit(ballots).remarks
    assert remark == "kin 0, kin 1 make the same mistakes and share one vote"
