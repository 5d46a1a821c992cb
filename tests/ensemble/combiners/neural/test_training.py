"""What the neural combiner learns, how little it is moved by nothing, and that it is repeatable."""

from dataclasses import replace

import numpy as np
import pytest

from ensemble.combiners.agreement import AgreementVote
from ensemble.combiners.base import combine_all
from ensemble.combiners.majority import Majority
from ensemble.combiners.neural.combiner import Neural
from ensemble.targets import Targets, subset
from ensemble.training.cross_validation import YARDSTICKS, counts

WEAK = {"a": 0.4, "b": 0.4, "c": 0.4}
ORACLE = {**WEAK, "oracle": 1.0}
KINDS = ["edits", "texts", "labels"]


def score(combiner, ballots, targets) -> float:
    statistic = YARDSTICKS[ballots[0].kind].statistic
    return float(statistic(counts(combine_all(ballots, combiner), targets).sum(axis=0)))


@pytest.mark.parametrize("kind", KINDS)
def test_an_oracle_is_found_by_two_hundred_labels(planted, kind):
    ballots, targets = getattr(planted, kind)(500, ORACLE)
    known = subset(ballots, targets, np.arange(200))
    asked = subset(ballots, targets, np.arange(200, 500))
    oracle, vote = score(Neural.learn(*known), *asked), score(Majority(), *asked)
    assert vote < 93
    assert oracle > 98


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [50, 400])
def test_where_all_are_alike_it_stays_with_the_vote(planted, kind, n):
    alike = dict.fromkeys("abcde", 0.6)
    ballots, targets = getattr(planted, kind)(n + 400, alike)
    known = subset(ballots, targets, np.arange(n))
    asked = subset(ballots, targets, np.arange(n, n + 400))
    assert score(Neural.learn(*known), *asked) > score(Neural().fit(asked[0]), *asked) - 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_combiner(planted, kind):
    ballots, targets = getattr(planted, kind)(80, ORACLE)
    one, two, other = (
        Neural.learn(ballots, targets, seed=1),
        Neural.learn(ballots, targets, seed=1),
        Neural.learn(ballots, targets, seed=2),
    )
    assert one.judge(ballots) == two.judge(ballots)
    assert one.judge(ballots) != other.judge(ballots)


def test_without_labels_it_is_the_vote_by_weight_or_by_heads(planted):
    ballots, _ = planted.edits(300, {"a": 0.9, "b": 0.7, "c": 0.5, "d": 0.3})
    accepted = [
        {
            (number, candidate.edit)
            for number, (ballot, verdict) in enumerate(
                zip(ballots, combiner.fit(ballots).judge(ballots), strict=True)
            )
            for candidate, probability in zip(ballot.candidates, verdict.probabilities, strict=True)
            if probability >= verdict.threshold
        }
        for combiner in (Neural(), AgreementVote(), Majority())
    ]
    own, by_weight, by_heads = accepted
    assert own == by_weight | by_heads
    assert by_weight < own


@pytest.mark.parametrize("kind", KINDS)
def test_on_systems_never_seen_it_falls_back_to_the_vote(planted, kind):
    trained = Neural.learn(*getattr(planted, kind)(300, {"a": 0.8, "b": 0.6, "c": 0.3, "d": 0.2}))
    ballots, _ = getattr(planted, kind)(100, {"w": 0.5, "x": 0.5, "y": 0.4, "z": 0.2})
    own, vote = (one.fit(ballots).judge(ballots) for one in (trained, Neural()))
    for mine, theirs in zip(own, vote, strict=True):
        assert mine.probabilities == pytest.approx(theirs.probabilities, abs=1e-4)
        assert mine.threshold == pytest.approx(theirs.threshold)


def test_competence_by_type_is_learnt(planted):
    """One system mends, the other spoils: by votes alone they cannot be told apart."""
    ballots, targets = planted.edits(400, {"a": 0.9, "b": 0.9, "c": 0.1})
    combiner = Neural.learn(ballots, targets)
    assert combiner.learnt is not None
    network = combiner.learnt.network
    place = combiner.learnt.systems.index
    assert network.reliability[place("a")] > network.reliability[place("c")]


def test_trust_grows_with_the_evidence(planted):
    ballots, targets = planted.edits(800, {"a": 0.8, "b": 0.6, "c": 0.3, "d": 0.2})
    trusts = [Neural.learn(*subset(ballots, targets, np.arange(n))).learnt.trust for n in (10, 800)]
    assert trusts[0] <= trusts[1]
    assert trusts[1] > 0.9


def test_nothing_to_learn_from_is_refused(planted):
    ballots, targets = planted.edits(20, ORACLE)
    unknown = Targets(tuple(np.full(len(v), np.nan) for v in targets.values), targets.gold)
    for some, none in ((ballots, unknown), ([], Targets((), np.zeros(0)))):
        with pytest.raises(ValueError, match="nothing to learn from"):
            Neural.learn(some, none)


def test_too_few_sources_are_refused(planted):
    with pytest.raises(ValueError, match="too few"):
        Neural.learn(*planted.edits(3, ORACLE))


def test_targets_may_be_missing(planted):
    ballots, targets = planted.texts(200, ORACLE)
    values = [np.where(np.arange(len(v)) % 3 == 0, np.nan, v) for v in targets.values]
    assert Neural.learn(ballots, replace(targets, values=tuple(values))).learnt is not None
