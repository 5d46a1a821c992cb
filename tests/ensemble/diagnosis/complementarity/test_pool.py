"""A coalition puts out what the combiners would have it put out, only faster."""

import numpy as np
import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.majority import Majority
from ensemble.combiners.mbr import MinimumBayesRisk
from ensemble.diagnosis.complementarity.pool import Pool
from ensemble.targets import from_references, without
from ensemble.training.cross_validation import counts
from evaluation.records import Segment

SKILLS = {"a": 0.9, "b": 0.6, "c": 0.4, "d": 0.2}
BEYOND = ("disagrees with a stronger one", "best of those that change this")
COMBINERS = {"edits": Majority(), "labels": Majority(), "texts": MinimumBayesRisk()}


@pytest.mark.parametrize("kind", COMBINERS)
@pytest.mark.parametrize("left_out", [(), ("b",), ("a", "d"), ("b", "c", "d")])
def test_it_combines_as_the_combiners_do(planted, kind, left_out):
    ballots, targets = getattr(planted, kind)(80, SKILLS, seed=4)
    pool = Pool.of(ballots, targets)
    members = [i for i, name in enumerate(pool.systems) if name not in left_out]
    for name in left_out:
        ballots, targets = without(ballots, targets, name)
    outputs = combine_all(ballots, COMBINERS[kind])
    # Edits that touch or tie, and words that most change, are looked at by the combiners alone.
    plain = [
        not any(d.reason in BEYOND or (kind == "edits" and d.tied) for d in output.decisions)
        for output in outputs
    ]
    assert sum(plain) > 40
    assert np.allclose(pool.combined(members)[plain], counts(outputs, targets)[plain])


def test_a_system_that_did_not_answer_is_not_counted():
    segments = [Segment("a b", {"x": "a c", "y": "a c", "z": None}), Segment("a b", {"x": "a d"})]
    ballots = list(collect_all(segments, "edits"))
    targets = from_references(ballots, [["a c"], ["a d"]])
    pool = Pool.of(ballots, targets)
    assert pool.score(pool.combined([0, 1])) == 100


@pytest.mark.parametrize("kind", COMBINERS)
def test_the_oracle_is_above_all_and_grows(planted, kind):
    pool = Pool.of(*getattr(planted, kind)(60, SKILLS, seed=2))
    everybody = range(len(pool.systems))
    oracles = [pool.score(pool.oracle(everybody[: k + 1])) for k in everybody]
    assert oracles == sorted(oracles)
    alone = [pool.score(pool.alone(i)) for i in everybody]
    assert oracles[-1] >= max(pool.score(pool.combined(everybody)), *alone)


def test_a_part_scores_as_its_segments(planted):
    ballots, targets = planted.edits(50, SKILLS)
    pool, rows = Pool.of(ballots, targets), np.array([30, 4, 17])
    assert np.array_equal(pool.part(rows).combined([0, 1, 2]), pool.combined([0, 1, 2])[rows])


def test_one_system_has_nobody_to_complement():
    ballots = list(collect_all([Segment("a b", {"x": "a c"})], "edits"))
    with pytest.raises(ValueError, match="1 systems answered"):
        Pool.of(ballots)
