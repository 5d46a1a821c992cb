"""Judges: without labels they settle equal votes, with labels they count as they are right."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.judges import JudgeCounts
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.registry import create, scored
from ensemble.loading import load_combiner
from ensemble.targets import from_references
from ensemble.training.artefact import Record, write
from evaluation.records import Segment

LABELS = "pqr"
SYSTEMS = "abcd"


def segments(n=80, seed=0):
    """Four systems, each right in 6 of 10 cases; the judge `fair` mostly sees which are right."""
    chance = random.Random(seed)
    for i in range(n):
        right = chance.choice(LABELS)
        outputs = {s: right if chance.random() < 0.6 else chance.choice(LABELS) for s in SYSTEMS}
        scores = {s: chance.gauss(2.0 * (label == right), 1.0) for s, label in outputs.items()}
        yield Segment(f"case {i}", outputs, (right,), scores={"fair": scores})


def ballots(some, kind="labels"):
    return list(collect_all(some, kind))


def texts(combiner, some, kind="labels"):
    made = ballots(some, kind)
    return [one.text for one in combine_all(made, combiner.fit(made))]


def accuracy(combiner, some):
    some = list(some)
    return np.mean([t == s.references[0] for t, s in zip(texts(combiner, some), some, strict=True)])


def with_scores(some, judge):
    for one in some:
        yield replace(one, scores=judge(one))


def test_counts_of_parts_add_up():
    every = ballots(segments(30))
    whole, parts = JudgeCounts.of(every), JudgeCounts.of(every[:11]) + JudgeCounts.of(every[11:])
    assert np.array(whole.sums["fair"]) == pytest.approx(np.array(parts.sums["fair"]))
    few = whole.scaled(10)
    assert few.sums["fair"].deviation == pytest.approx(whole.sums["fair"].deviation)
    assert 0 < few.weights["fair"] < whole.weights["fair"]  # less is known


@given(st.floats(0.001, 1000), st.floats(-1000, 1000))
def test_the_scale_of_a_judge_does_not_matter(factor, shift):
    def other(one):
        return {"fair": {n: factor * v + shift for n, v in one.scores["fair"].items()}}

    here, there = ballots(segments()), ballots(with_scores(segments(), other))
    known, unknown = JudgeCounts.of(here), JudgeCounts.of(there)
    assert unknown.weights == pytest.approx(known.weights, rel=1e-3)
    assert unknown.standardised(there) == pytest.approx(known.standardised(here), abs=1e-2)


@pytest.mark.parametrize(
    "judge",
    [
        lambda one: {"x": dict.fromkeys(one.hypotheses, 3.0)},
        lambda one: {"x": {n: -v for n, v in one.scores["fair"].items()}},
        lambda one: {"x": {}},
        lambda one: {"x": {"a": one.scores["fair"]["a"]}},
    ],
    ids=["constant", "inverted", "nothing", "one system"],
)
def test_a_judge_that_tells_nothing_changes_nothing_without_labels(judge):
    plain = list(with_scores(segments(), lambda one: {}))
    assert texts(Neural(), with_scores(segments(), judge)) == texts(Neural(), plain)


def test_a_judge_that_agrees_with_votes_decides_where_they_are_equal():
    plain = list(with_scores(segments(400), lambda one: {}))
    assert accuracy(Neural(), segments(400)) > accuracy(Neural(), plain) + 0.05
    assert JudgeCounts.of(ballots(segments(400))).weights["fair"] > 0.3


@given(st.data())
def test_judges_never_overrule_more_votes_without_labels(data):
    number = st.floats(-1e6, 1e6)
    judged = st.fixed_dictionaries(dict.fromkeys(SYSTEMS, number))
    some = [replace(one, scores={"x": data.draw(judged)}) for one in segments(12)]
    made = ballots(some)
    combined = combine_all(made, Neural().fit(made))
    for ballot, one in zip(made, combined, strict=True):
        votes = [len(candidate.voters) for candidate in ballot.candidates]
        chosen = [d.accepted for d in one.decisions].index(True)
        assert votes[chosen] == max(votes)


def test_of_answers_with_as_many_votes_judges_prefer_one():
    outputs = {
        "a": "One and two make three. The answer is 3.",
        "b": "Adding up. The answer is 3.",
        "c": "We take two. The answer is 4.",
        "d": "Adding it all up gives more. The answer is 4.",
    }
    agreed = {"a": "The answer is 3.", "b": "So the answer is 3.", "c": "It is. The answer is 3."}
    liked = {"a": 2, "b": 2, "c": 2, "d": 1}
    known = [
        Segment(f"{i}?", {**agreed, "d": "The answer is 9."}, scores={"x": liked})
        for i in range(20)
    ]
    for preferred in ("3", "4"):
        scores = {n: float(text.endswith(f"{preferred}.")) for n, text in outputs.items()}
        asked = Segment("How many?", outputs, scores={"x": scores})
        assert texts(Neural(), [*known, asked], "texts")[-1].endswith(f"{preferred}.")


def test_with_labels_a_judge_is_believed_as_far_as_it_is_right(tmp_path):
    some = list(segments(300, seed=1))
    made = ballots(some)
    learnt = Neural.learn(made, from_references(made, [one.references for one in some]), seed=1)
    new = list(segments(300, seed=2))
    blind = list(with_scores(new, lambda one: {}))
    assert accuracy(learnt, new) > accuracy(learnt, blind) + 0.05
    inverted = list(with_scores(new, lambda one: {"other": {"a": 1.0, "b": 2.0}}))
    assert texts(learnt, inverted) == texts(learnt, blind)  # a judge that it does not know

    write(tmp_path / "combiner", learnt, Record("", {}, []))
    read = load_combiner(str(tmp_path / "combiner"))
    assert texts(read, new) == texts(learnt, new)
    one = ballots(new[:1])
    assert combine_all(one, read)[0].text == combine_all(one, learnt)[0].text  # without `fit`
    shown = learnt.vote_weights()
    assert shown is not None
    assert shown.systems == (*SYSTEMS, "judge fair")
    assert shown.values[-1, 0] > 0


def test_scores_of_whole_outputs_weigh_their_edits():
    def corrected(n, seed):
        chance = random.Random(seed)
        for i in range(n):
            right, some = chance.random() < 0.5, set(chance.sample(SYSTEMS, 2))
            outputs = {m: f"{i} goes home" if m in some else f"{i} go home" for m in SYSTEMS}
            scores = {m: chance.gauss(3.0 * ((m in some) == right), 1) for m in SYSTEMS}
            reference = f"{i} goes home" if right else f"{i} go home"
            yield Segment(f"{i} go home", outputs, (reference,), scores={"x": scores})

    known = list(corrected(150, 1))
    made = ballots(known, "edits")
    learnt = Neural.learn(made, from_references(made, [s.references for s in known]), seed=1)
    asked = list(corrected(100, 2))
    blind = list(with_scores(asked, lambda one: {}))
    right = [one.references[0] for one in asked]

    def accuracy_of(some):
        return np.mean([t == r for t, r in zip(texts(learnt, some, "edits"), right, strict=True)])

    assert accuracy_of(asked) > accuracy_of(blind) + 0.2


def test_who_uses_scores_is_registered():
    assert scored() == ["judged", "neural", "stack"]
    assert create("neural").uses_scores
    assert not create("vote").uses_scores


def test_remarks_say_how_judges_count():
    made = ballots(segments())
    (remark,) = Neural().fit(made).remarks
    assert "judges decide where votes are equal" in remark
    assert "fair 0." in remark
    plain = ballots(with_scores(segments(), lambda one: {}))
    assert not Neural().fit(plain).remarks
    assert "judges" not in Neural().fit(plain).signature
