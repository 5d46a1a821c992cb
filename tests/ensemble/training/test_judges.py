"""What judges add to a combiner that is trained."""

import random

import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.supervised.logistic import Logistic
from ensemble.targets import from_references
from ensemble.training.cross_validation import cross_validate
from ensemble.training.judges import unjudged, with_and_without, without_judges, worth
from evaluation.execution.progress import quietly
from evaluation.records import Segment

SYSTEMS = "abcd"


def labelled(judge):
    """Return ballots on yes or no, half of the votes right, scored by `judge`, and targets."""
    chance = random.Random(3)
    segments, right = [], []
    for i in range(120):
        truth, other = chance.sample(["yes", "no"], 2)
        right.append([truth])
        votes = dict(zip(SYSTEMS, chance.sample([truth, truth, other, other], 4), strict=True))
        scores = {"judge": {n: judge(v == truth, chance) for n, v in votes.items()}}
        segments.append(Segment(f"question {i}", votes, scores=scores))
    ballots = list(collect_all(segments, "labels"))
    return ballots, from_references(ballots, right)


def found(judge):
    ballots, targets = labelled(judge)
    learners = with_and_without("neural", Neural.learn, ballots)
    assert list(learners) == ["neural", without_judges("neural")]
    outputs = cross_validate(ballots, targets, learners, 3, 1, quietly)
    return worth(outputs, targets, "labels", "neural")


def test_a_judge_that_knows_is_worth_it():
    result = found(lambda right, chance: right + chance.gauss(0, 0.3))
    assert result.is_gain
    assert float(result.gain.low) > 20
    assert str(result).startswith("judges add +")
    assert "left out" not in str(result)


def test_a_judge_that_always_says_the_same_is_left_out():
    result = found(lambda right, chance: 1.0)
    assert not result.is_gain
    assert "left out" in str(result)


def test_nothing_to_compare_without_scores_or_without_use_of_them():
    ballots, targets = labelled(lambda right, chance: float(right))
    plain = unjudged(ballots)
    assert list(with_and_without("neural", Neural.learn, plain)) == ["neural"]
    assert list(with_and_without("logistic", Logistic.learn, ballots)) == ["logistic"]
    assert worth({"neural": []}, targets, "labels", "neural") is None


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    """How well it learns is tested elsewhere: this takes a quarter of the time."""
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 60)
