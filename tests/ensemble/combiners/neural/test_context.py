"""What a language model finds in candidates: contested edits alone, each asked once."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.neural import context
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.context import CONTEXT, contested, read_ahead, read_in_context
from ensemble.combiners.neural.correction import Correction
from ensemble.combiners.neural.evidence import gather
from ensemble.combiners.neural.network import DESIGNS, Network
from ensemble.combiners.neural.trained_state import read_state, to_state
from ensemble.combiners.trainable import State
from ensemble.competence import Profile
from ensemble.targets import Targets
from ensemble.training.artefact import Record, write
from ensemble.training.artefact import read as read_artefact
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave
from evaluation.models.edit_lm import CHANGES
from evaluation.records import Segment

SKILLS = {"a": 0.9, "b": 0.5, "c": 0.3}
ASKED = []


def fake_changes(model, pairs):
    ASKED.extend(pairs)
    return np.array([[model.gains.get(pair, 0.25)] * len(CHANGES) for pair in pairs])


@pytest.fixture(autouse=True)
def reader(monkeypatch, tmp_path):
    ASKED.clear()
    model = SimpleNamespace(name="any", revision="0123456789abcdef" * 4, gains={})
    reader = context._Reader(model, tmp_path / "cache")
    monkeypatch.setattr(context, "changes", fake_changes)
    monkeypatch.setattr(context, "_reader", lambda name: reader)
    return reader


def ballots_of(*segments, kind="edits"):
    return list(collect_all(segments, kind))


def read(ballots, prior=None):
    size = sum(len(ballot.candidates) for ballot in ballots)
    return read_in_context(ballots, np.zeros(size) if prior is None else prior, "any")


def test_a_column_for_each_thing_it_says():
    segment = Segment("he go", {"a": "he goes", "b": "he goes there"})
    in_context = read(ballots_of(segment, segment))
    assert [name.removeprefix("context: ") for name in CONTEXT] == list(CHANGES)
    assert in_context.values.shape == (4, len(CHANGES))
    assert in_context.asked.all()


def test_uncontested_edits_are_not_read():
    ballots = ballots_of(Segment("he go", {"a": "he goes", "b": "he goes there"}))
    in_context = read(ballots, np.array([0.4, -2.5]))
    assert ASKED == [("he go", "he goes")]
    assert in_context.asked.tolist() == [True, False]
    assert in_context.values[:, 0].tolist() == [0.25, 0.0]
    ASKED.clear()
    read(ballots, np.array([3.0, -2.5]))
    assert not ASKED


def test_what_is_contested_is_near_the_threshold_on_both_sides():
    prior = np.array([-3, -1.2, -1, 0, 1, 1.2, 3])
    assert contested(prior).tolist() == [False, False, True, True, True, False, False]
    ballots = ballots_of(Segment("he go", dict.fromkeys("abcdefg", "he goes")))
    assert not contested(gather(ballots, Profile.of(ballots), None).prior).any()


def test_the_same_change_is_read_once():
    segment = Segment("he go", {"a": "he goes"})
    for _ in range(3):
        read(ballots_of(segment, segment))
    assert ASKED == [("he go", "he goes")]


def test_it_is_for_edits():
    with pytest.raises(ValueError, match="context is for edits"):
        read(ballots_of(Segment("x", {"a": "y"}), kind="labels"))


def no_bar(jobs, what):
    return jobs


def test_another_run_reads_nothing_again(reader):
    one, two = Segment("he go", {"a": "he goes"}), Segment("I is", {"a": "I am"})
    first = read(ballots_of(one))
    reader.known.clear()
    again = read(ballots_of(one, two))
    assert ASKED == [("he go", "he goes"), ("I is", "I am")]
    assert np.array_equal(again.values[:1], first.values)


def test_what_was_read_ahead_is_what_training_asks_for(planted):
    ballots, _ = planted.edits(60, SKILLS)
    read_ahead(ballots, "any", no_bar)
    assert ASKED
    ASKED.clear()
    gather(ballots, Profile.of(ballots), "any")
    assert not ASKED


def test_a_run_broken_off_in_the_middle_of_writing_goes_on(reader):
    texts = [Segment(f"he go {i}", {"a": f"he goes {i}"}) for i in range(3)]
    read(ballots_of(*texts[:2]))
    (file,) = reader.folder.iterdir()
    file.write_bytes(file.read_bytes()[:-2])
    for _ in range(2):
        reader.known.clear()
        read(ballots_of(*texts))
    asked = [before for before, _ in ASKED]
    assert asked == ["he go 0", "he go 1", "he go 1", "he go 2"]


# Two systems out of four propose each edit: the vote cannot decide, and a language model can.
def even_split(size, seed=0):
    """Return ballots and targets of edits that two of four systems propose, half of them right."""
    chance = np.random.default_rng(seed)
    right = chance.random(size) < 0.5
    segments = []
    for i in range(size):
        names = chance.permutation(list("abcd"))
        source, changed = f"they go {seed} {i} .", f"they goes {seed} {i} ."
        segments.append(Segment(source, {n: changed if n in names[:2] else source for n in names}))
    ballots = ballots_of(*segments)
    values = tuple(np.array([float(truth)]) for truth in right)
    return ballots, Targets(values, np.array(right, dtype=float))


def knows(model, ballots, targets, skill, seed=0):
    """Make the language model right about this share of the edits."""
    chance = np.random.default_rng(seed)
    for ballot, (truth,) in zip(ballots, targets.values, strict=True):
        (candidate,) = ballot.candidates
        pair = ballot.source, weave(apply(ballot.tokens, [candidate.edit]))
        agrees = chance.random() < skill
        model.gains[pair] = 0.8 if bool(truth) == agrees else -0.8


def losses(combiner, ballots, targets):
    belief = np.concatenate([v.probabilities for v in combiner.fit(ballots).judge(ballots)])
    return -np.log(np.where(targets.flat == 1, belief, 1 - belief)).mean()


def test_a_model_that_knows_what_votes_do_not_is_used_and_saved(reader, tmp_path):
    known, asked = even_split(200), even_split(200, seed=1)
    knows(reader.model, *known, 0.8)
    knows(reader.model, *asked, 0.8)
    without, combiner = Neural.learn(*known), Neural.learn(*known, context="any")
    assert combiner.context == "any"
    assert losses(combiner, *asked) < losses(without, *asked) - 0.05
    write(tmp_path / "combiner", combiner, Record())
    again, _ = read_artefact(tmp_path / "combiner")
    assert again.context == "any"
    assert again.learnt.correction == combiner.learnt.correction
    assert again.judge(asked[0]) == combiner.judge(asked[0])


def test_a_model_that_knows_nothing_is_dropped_and_not_asked(reader):
    known, asked = even_split(200), even_split(20, seed=1)
    knows(reader.model, *known, 0.5, seed=3)
    without, combiner = Neural.learn(*known), Neural.learn(*known, context="any")
    ASKED.clear()
    verdicts = combiner.fit(asked[0]).judge(asked[0])
    assert not ASKED
    assert combiner.context is None
    assert verdicts == without.fit(asked[0]).judge(asked[0])


def test_a_correction_adds_nothing_to_what_was_not_read():
    values = np.array([[0.9], [-0.9], [0.0], [0.5]])
    asked = np.array([True, True, False, True])
    in_context = context.InContext(values, asked)
    correction = Correction.fit(in_context, np.zeros(4), np.array([1, 0, 1, np.nan]))
    assert correction.weights[0] > 0
    shift = correction.shift(in_context)
    assert shift[2] == 0
    assert shift[0] == pytest.approx(-shift[1])
    assert correction.scaled(0.5).shift(in_context) == pytest.approx(shift / 2)
    nothing = Correction.fit(context.InContext.unasked(4), np.zeros(4), np.ones(4))
    assert nothing.weights == (0.0,)


def test_what_was_trained_with_the_columns_of_before_has_to_be_trained_again(planted):
    ballots, targets = planted.edits(60, SKILLS)
    combiner = Neural.learn(ballots, targets)
    columns = (*combiner.learnt.columns, *(f"context: {i}" for i in range(16)))
    sizes = len(columns), len(combiner.learnt.systems), len(combiner.learnt.traits)
    old = replace(combiner.learnt, columns=columns, network=Network(*sizes, DESIGNS["edits"]))
    facts, tensors = to_state(old)
    saved = State({name: facts[name] for name in facts if name != "correction"}, tensors)
    restored = replace(combiner, context="any", learnt=read_state("edits", saved))
    with pytest.raises(ValueError, match="has to be trained again"):
        restored.judge(ballots)
    assert not ASKED
