"""The combiners that others have trained on labels."""

import pytest

from ensemble.combiners.base import combine_all
from ensemble.combiners.supervised.logistic import Logistic
from ensemble.combiners.supervised.type_selection import TypeSelection
from ensemble.training.baselines import baselines, best_by_labels
from ensemble.training.comparison import compare
from ensemble.training.cross_validation import YARDSTICKS, counts

SKILLS = {"a": 0.95, "b": 0.4, "c": 0.4}


def score(combiner, ballots, targets) -> float:
    statistic = YARDSTICKS[ballots[0].kind].statistic
    return float(statistic(counts(combine_all(ballots, combiner), targets).sum(axis=0)))


@pytest.mark.slow
@pytest.mark.parametrize("learner", [Logistic.learn, TypeSelection.learn, best_by_labels])
def test_the_good_system_is_found(planted, learner):
    combiner = learner(*planted.edits(200, SKILLS))
    assert score(combiner, *planted.edits(200, SKILLS, seed=1)) > 90


@pytest.mark.parametrize("kind", ["edits", "texts", "labels"])
def test_the_best_single_by_labels(planted, kind):
    ballots, targets = getattr(planted, kind)(100, {"b": 0.4, "a": 0.9, "c": 0.6})
    assert best_by_labels(ballots, targets).ranking == ("a", "c", "b")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["edits", "texts", "labels"])
def test_every_baseline_can_be_compared(planted, kind):
    ballots, targets = getattr(planted, kind)(60, SKILLS)
    outputs = {
        name: combine_all(ballots, learner(ballots, targets))
        for name, learner in baselines(kind).items()
    }
    rows = compare(outputs, targets, kind)
    assert rows[0].name == "vote"
    assert all(row.low <= row.value <= row.high for row in rows)
    assert {row.name for row in rows} == set(baselines(kind))


def test_an_unseen_type_needs_both(planted):
    chosen = TypeSelection(choices=(("a", {}), ("b", {})))
    ballots, _ = planted.edits(20, {"a": 1.0, "b": 0.5})
    for output in combine_all(ballots, chosen):
        for decision in output.decisions:
            assert decision.accepted == (decision.candidate.voters == ("a", "b"))


def test_where_all_are_right_there_is_nothing_to_fit(planted):
    ballots, targets = planted.edits(10, {"a": 1.0, "b": 1.0})
    assert score(Logistic.learn(ballots, targets), ballots, targets) == 100
