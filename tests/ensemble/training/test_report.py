"""The page on a trained combiner: what is planted is what it shows."""

import re

import numpy as np
import pytest

from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.trainable import VoteWeights
from ensemble.targets import without
from ensemble.training.baselines import baselines
from ensemble.training.comparison import compare
from ensemble.training.cross_validation import cross_validate
from ensemble.training.report import Training, _vote_weights, training_page
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
    training = Training(ballots, targets, combiner, outputs, table, learner, "planted <b>")
    html = training_page(training, quietly)
    assert html.count("<svg") == plots
    lead = re.search('<p class="lead">(.*)</p>', html)[1]
    assert re.match("neural is .* than the vote: [+-][0-9.]+ [(]95% interval .* to .*[)]", lead)
    assert "held out, on 90 segments of planted &lt;b&gt;." in lead
    short = training_page(training._replace(data=""), refused, short=True)
    assert short.count("<svg") == plots - 2
    assert "on 90 segments.</p>" in short
    assert "signature-of-the-table" in html
    assert all(name in html for name in SKILLS)
    assert "<script" not in html


def refused(items, what, total=None):
    raise AssertionError(f"{what} is not part of a short page")


@pytest.mark.parametrize("systems", [2, 23])
def test_types_are_explained_and_the_table_is_as_narrow_as_it_can_be(systems):
    names = tuple(f"s{i}" for i in range(systems))
    columns = ("all", "U:FUNC", "R:VERB:SVA", "size 1")
    weights = VoteWeights(np.ones((systems, len(columns))), names, columns, "A note.")
    section = _vote_weights(weights)
    assert section.caption.startswith("Columns" if systems == 2 else "Rows")
    words = " ".join(re.findall("<text[^>]*>([^<]*)<", section.figure.svg))
    assert "unnecessary: function words (U:FUNC)" in words
    assert "agreement of verb" in words
    assert "size 1" in words


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
