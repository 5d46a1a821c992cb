"""Fuse trained on references: it learns whom to believe, and takes words of the outputs alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.fuse import Fuse
from ensemble.combiners.registry import create
from ensemble.targets import Targets, from_references, from_scores
from ensemble.targets.changes import word_errors
from ensemble.testing.planted import planted_segments
from ensemble.training.artefact import Record, read, write
from ensemble.training.comparison import beliefs
from evaluation.edits.tokens import tokenise
from evaluation.records import Segment
from tests.raising import raises_code

SKILLS = {"able": 0.95, "poor": 0.1, "weak": 0.1, "worse": 0.05}
N = 80


def recognised(n, seed=0, skills=SKILLS):
    """Return transcripts, without sources, in which `able` is mostly right and alone in it."""
    segments, references = planted_segments("edits", n, skills, seed)
    bare = [Segment("", segment.hypotheses, has_source=False) for segment in segments]
    return list(collect_all(bare, "texts")), [[text] for text in references]


def wrong(ballots, references, combiner):
    combined = combine_all(ballots, combiner)
    errors = [word_errors([c.text], r) for c, r in zip(combined, references, strict=True)]
    return np.concatenate(errors)[:, 0].sum()


@pytest.fixture(scope="module")
def trained():
    ballots, references = recognised(N)
    return Fuse.learn(ballots, from_references(ballots, references), seed=1)


def test_it_learns_which_systems_words_to_take(trained):
    ballots, references = recognised(60, seed=7)
    untrained = wrong(ballots, references, create("fuse"))
    assert wrong(ballots, references, trained) < untrained / 2
    assert trained.systems == tuple(sorted(SKILLS))
    assert trained.vote_weights().systems == trained.systems


def test_its_words_are_those_of_the_outputs_and_each_change_says_whose(trained):
    ballots, _ = recognised(60, seed=8)
    fused = combine_all(ballots, trained)
    assert any(c.backbone not in (None, c.text) for c in fused)
    for ballot, combination in zip(ballots, fused, strict=True):
        texts = [candidate.replacement for candidate in ballot.candidates]
        known = {token.strip() for text in texts for token in tokenise(text)}
        assert {token.strip() for token in tokenise(combination.text)} <= known
        assert all(decision.candidate.voters for decision in combination.decisions)


def test_probabilities_are_calibrated_where_words_were_judged_and_nowhere_else(trained):
    ballots, references = recognised(60, seed=9)
    for combination in combine_all(ballots, trained):
        assert combination.calibrated == (combination.backbone is not None)
    targets = from_references(ballots, references)
    probability, right = beliefs(combine_all(ballots, trained), targets)
    assert set(right.tolist()) == {0.0, 1.0}
    assert probability[right == 1].mean() > probability[right == 0].mean() + 0.3


def test_saved_and_read_again_it_makes_the_same_texts(trained, tmp_path: Path):
    ballots, _ = recognised(40, seed=3)
    saved = write(tmp_path / "combiner", trained, Record())
    again, _ = read(tmp_path / "combiner")
    assert again.window == trained.window
    assert again.signature == saved.signature != trained.signature
    assert combine_all(ballots, again) == combine_all(ballots, saved)


def test_few_labels_move_it_little():
    skills = {"one": 0.6, "two": 0.6, "three": 0.6, "four": 0.5}
    ballots, references = recognised(8, seed=2, skills=skills)
    few = Fuse.learn(ballots, from_references(ballots, references))
    test, truth = recognised(100, seed=4, skills=skills)
    before, after = (combine_all(test, c) for c in (create("fuse"), few))
    assert sum(a.text != b.text for a, b in zip(before, after, strict=True)) < 10
    assert wrong(test, truth, few) <= 1.1 * wrong(test, truth, create("fuse"))


def test_where_no_texts_are_alike_there_is_nothing_to_learn():
    texts = {"a": "the cat sat on the mat", "b": "nobody knows them", "c": "it rained in May"}
    ballots = list(collect_all([Segment(f"{i}", texts) for i in range(20)], "texts"))
    untaught = Fuse.learn(ballots, from_references(ballots, [["the cat"]] * 20))
    assert not untaught.is_trained
    assert combine_all(ballots, untaught) == combine_all(ballots, create("fuse"))
    with pytest.raises(ValueError, match="nothing to save"):
        untaught.state()


def test_scores_and_language_models_are_refused_by_name():
    ballots, references = recognised(6)
    scores = from_scores(ballots, {("able", i): float(i) for i in range(1, 7)})
    with raises_code("invalid-option") as error:
        Fuse.learn(ballots, scores)
    assert "fuse learns from references" in str(error.value)
    with raises_code("invalid-option"):
        Fuse.learn(ballots, from_references(ballots, references), context="smollm2")


def test_the_loss_is_chrf_where_there_are_sources_and_may_be_chosen(trained):
    ballots, references = recognised(30)
    targets = from_references(ballots, references)
    assert targets.loss == "wer"
    sourced = [replace(ballot, source="a source") for ballot in ballots]
    assert from_references(sourced, references).loss == "chrf"
    by_chrf = Fuse.learn(ballots, replace(targets, loss="chrf"))
    assert by_chrf.is_trained
    assert by_chrf.window in (1, 2, 3)


def test_a_segment_without_a_reference_teaches_nothing():
    ballots, references = recognised(30)
    more, _ = recognised(5, seed=11)
    targets = from_references([*ballots, *more], [*references, *[[]] * 5])
    assert isinstance(targets, Targets)
    alone = Fuse.learn(ballots, from_references(ballots, references), seed=2)
    assert alone.is_trained
    assert Fuse.learn([*ballots, *more], targets, seed=2).is_trained


@pytest.mark.parametrize("window", [0, 101])
def test_a_window_has_1_to_100_words(window):
    with raises_code("out-of-range"):
        create(f"fuse:window={window}")
