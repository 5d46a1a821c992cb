"""Laws of the neural combiner, untrained and trained, on any systems and any texts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect, collect_all
from ensemble.candidates.answers import is_answer
from ensemble.candidates.labels import label_key
from ensemble.combiners.base import combine, combine_all
from ensemble.combiners.neural.combiner import Neural
from evaluation.records import Segment

SKILLS = {"a": 0.8, "b": 0.6, "c": 0.4, "d": 0.2}
KINDS = ["edits", "texts", "labels"]
TEXT = st.one_of(
    st.lists(st.sampled_from("we go goes evry every . -".split()), max_size=6).map(" ".join),
    st.text(max_size=8),
)
ANSWERS = st.dictionaries(
    st.sampled_from([*SKILLS, "unseen", "other"]), TEXT | st.none(), min_size=1
)


@pytest.fixture(scope="module")
def combiners(planted):
    """By kind: one that has learnt nothing, and one trained on planted outputs."""
    trained = {kind: Neural.learn(*getattr(planted, kind)(120, SKILLS)) for kind in KINDS}
    return {kind: (Neural(), combiner) for kind, combiner in trained.items()}


@given(source=TEXT, answers=ANSWERS, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_systems_does_not_matter_for_edits(combiners, source, answers, shuffle):
    items = list(answers.items())
    shuffle.shuffle(items)
    for combiner in combiners["edits"]:
        one = combine(collect(Segment(source, answers), "edits"), combiner)
        assert combine(collect(Segment(source, dict(items)), "edits"), combiner) == one


@pytest.mark.parametrize("kind", ["texts", "labels"])
@given(source=TEXT, answers=ANSWERS, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_systems_gives_whole_outputs_no_other_probability(
    combiners, kind, source, answers, shuffle
):
    answers = {name: text and label_key(text) for name, text in answers.items()}  # one form each
    items = list(answers.items())
    shuffle.shuffle(items)
    for combiner in combiners[kind]:
        one, other = (
            {
                decision.candidate.replacement: decision.probability
                for decision in combine(collect(Segment(source, given), kind), combiner).decisions
            }
            for given in (answers, dict(items))
        )
        assert one == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@given(source=TEXT, text=TEXT, n=st.integers(1, 4))
def test_where_all_agree_that_is_the_output_of_the_vote(combiners, kind, source, text, n):
    segment = Segment(source, dict.fromkeys(list(SKILLS)[:n], text))
    nothing = None if kind == "labels" else source
    expected = text.strip() if kind == "labels" else text
    if not is_answer(source, text):
        expected = nothing
    assert combine(collect(segment, kind), combiners[kind][0]).text == expected


@pytest.mark.parametrize("kind", KINDS)
@given(corpus=st.lists(st.tuples(TEXT, ANSWERS), min_size=1, max_size=4))
def test_a_segment_is_judged_by_itself(combiners, kind, corpus):
    ballots = list(collect_all([Segment(*each) for each in corpus], kind))
    for combiner in (one.fit(ballots) for one in combiners[kind]):
        for ballot, together in zip(ballots, combiner.judge(ballots), strict=True):
            (alone,) = combiner.judge([ballot])
            assert alone.probabilities == pytest.approx(together.probabilities, abs=1e-5)
            assert all(0 <= p <= 1 for p in together.probabilities)


@pytest.mark.parametrize("kind", KINDS)
def test_a_twin_changes_nothing_without_labels(planted, kind):
    ballots, _ = getattr(planted, kind)(200, SKILLS)
    doubled = [_with_twin(ballot, "a") for ballot in ballots]
    alone = combine_all(ballots, Neural().fit(ballots))
    twins = combine_all(doubled, Neural().fit(doubled))
    assert [one.text for one in alone] == [one.text for one in twins]


def _with_twin(ballot, name):
    candidates = tuple(
        c._replace(voters=(*c.voters, "twin") if name in c.voters else c.voters)
        for c in ballot.candidates
    )
    return replace(ballot, systems=(*ballot.systems, "twin"), candidates=candidates)


@pytest.mark.parametrize("kind", KINDS)
def test_absence_is_no_vote_against(planted, combiners, kind):
    """A system that failed on every segment leaves all as if it had never been asked."""
    ballots, _ = getattr(planted, kind)(50, SKILLS)
    for combiner in combiners[kind]:
        fitted = combiner.fit(ballots)
        without = [_without(ballot, "d") for ballot in ballots]
        assert [len(v.probabilities) for v in fitted.judge(without)] == [
            len(ballot.candidates) for ballot in without
        ]


def _without(ballot, name):
    rest = [c._replace(voters=tuple(v for v in c.voters if v != name)) for c in ballot.candidates]
    systems = tuple(system for system in ballot.systems if system != name)
    return replace(ballot, systems=systems, candidates=tuple(c for c in rest if c.voters))


def test_a_system_unseen_in_training_has_a_voice(planted, combiners):
    ballots, targets = planted.labels(200, {"new": 0.95, "other": 0.3, "third": 0.4})
    outputs = combine_all(ballots, combiners["labels"][1].fit(ballots))
    right = [float(v.max(initial=0)) for v in targets.values]
    said = [next(d.candidate.voters for d in one.decisions if d.accepted) for one in outputs]
    assert np.mean(["new" in voters for voters in said]) > 0.8
    assert np.mean(right) > 0.9


def test_a_trained_one_is_for_its_kind(combiners):
    ballot = collect(Segment("x", {"a": "y"}), "labels")
    with pytest.raises(ValueError, match="combines edits, not labels"):
        combine(ballot, combiners["edits"][1])


def test_evidence_of_other_columns_is_refused(combiners):
    trained = combiners["edits"][1]
    learnt = replace(trained.learnt, columns=("share",))
    ballot = collect(Segment("x", {"a": "y"}), "edits")
    with pytest.raises(ValueError, match="other evidence"):
        combine(ballot, replace(trained, learnt=learnt))


@pytest.mark.parametrize("kind", KINDS)
def test_labels_calibrate_the_probabilities(planted, combiners, kind):
    untrained, trained = combiners[kind]
    ballots, _ = getattr(planted, kind)(5, SKILLS)
    assert [c.calibrated for c in combine_all(ballots, untrained)] == [False] * 5
    assert [c.calibrated for c in combine_all(ballots, trained)] == [True] * 5
    alike = replace(trained, learnt=replace(trained.learnt, calibration=None))
    assert alike.is_calibrated == (kind != "texts")
