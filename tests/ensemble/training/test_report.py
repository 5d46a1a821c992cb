"""The page on a trained combiner: what is planted is what it shows."""

import numpy as np
import pytest

from ensemble.combiners.neural.combiner import Neural
from ensemble.targets import without
from ensemble.training.baselines import baselines
from ensemble.training.comparison import compare
from ensemble.training.cross_validation import cross_validate
from ensemble.training.report import training_page
from evaluation.execution.progress import quietly
from evaluation.reporting.table import Table

SKILLS = {"able": 0.9, "fair": 0.6, "poor": 0.2}


@pytest.mark.parametrize(
    ("kind", "plots"), [("edits", 4), ("labels", 4), ("texts", 4)], ids=["edits", "labels", "texts"]
)
def test_the_page_shows_all_that_was_asked_for(planted, kind, plots):
    ballots, targets = getattr(planted, kind)(90, SKILLS)
    # The page retrains many times; that it does so with ours is tested by `consort train`.
    learner = baselines(kind)["best single by labels"]
    outputs = cross_validate(
        ballots, targets, {**baselines(kind), "neural": learner}, 3, 1, quietly
    )
    table = Table(compare(outputs, targets, kind), "signature-of-the-table")
    combiner = Neural.learn(ballots, targets, seed=1)
    html = training_page(ballots, targets, combiner, outputs, table, learner, quietly)
    assert html.count("<svg") == plots
    assert "signature-of-the-table" in html
    assert all(name in html for name in SKILLS)
    assert "<script" not in html


def test_vote_weights_are_what_the_votes_gained(planted):
    weights = Neural.learn(*planted.edits(400, {"a": 0.9, "b": 0.9, "c": 0.1})).vote_weights()
    assert weights is not None
    assert weights.columns[0] == "all"
    assert weights.values.shape == (3, len(weights.columns))
    on_all = dict(zip(weights.systems, weights.values[:, 0], strict=True))
    assert on_all["a"] > on_all["c"] < on_all["b"]


def test_without_a_system_it_is_as_if_never_asked(planted):
    ballots, targets = planted.edits(50, SKILLS)
    kept, truth = without(ballots, targets, "poor")
    assert {name for ballot in kept for name in ballot.systems} == {"able", "fair"}
    assert all(candidate.voters for ballot in kept for candidate in ballot.candidates)
    assert list(map(len, truth.values)) == [len(ballot.candidates) for ballot in kept]
    assert np.array_equal(truth.gold, targets.gold)
