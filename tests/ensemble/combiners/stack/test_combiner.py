"""Laws of a stack: one level alone decides, levels are told in the evidence, voters are systems."""

from dataclasses import replace

import numpy as np
import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.base import combine_all, learns
from ensemble.combiners.registry import COMBINERS, create, load_trainable, names
from ensemble.combiners.stack.combiner import Stack
from ensemble.combiners.stack.plan import LevelPlan, StackPlan
from ensemble.combiners.stack.whole import WholeOutputs
from ensemble.testing import check_combiner
from ensemble.testing.planted import planted, planted_segments
from evaluation.records import Segment
from tests.raising import raises_code

KINDS = ["edits", "texts", "labels"]
SKILLS = {"able": 0.9, "good": 0.7, "fair": 0.6, "poor": 0.3}
N = 40
LEVELS = {
    "edits": ("vote", "agreement", "mbr", "vote:k=1"),
    "texts": ("mbr", "vote", "best-single", "fuse"),
    "labels": ("vote", "agreement", "soft-vote"),
}
EVERY = [
    (name, kind)
    for name in names()
    for kind in KINDS
    if kind in COMBINERS.get(name).kinds and not COMBINERS.get(name).second_order
]


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    """How well the neural combiner learns is tested elsewhere."""
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 20)


def stack(kind, *terms, **options):
    levels = [LevelPlan(name=f"level{i}", combiner=term) for i, term in enumerate(terms)]
    return Stack.of(StackPlan(version=1, kind=kind, levels=levels, **options))


def outputs(ballots, combiner):
    return [combination.text for combination in combine_all(ballots, combiner)]


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_a_stack_of_one_level_is_that_level(name, kind):
    ballots, targets = planted(kind, N, SKILLS)
    if COMBINERS.get(name).needs_labels:
        alone, alike = load_trainable(name).learn(ballots, targets), stack(kind, name)
        made = Stack.learn(ballots, targets, design=alike)
    else:
        alone, made = create(name).fit(ballots), stack(kind, name).fit(ballots)
    assert learns(made, kind) == learns(alone, kind)
    for one, other in zip(combine_all(ballots, made), combine_all(ballots, alone), strict=True):
        plain = tuple(decision._replace(levels=()) for decision in one.decisions)
        assert replace(one, decisions=plain) == other
        for decision in one.decisions:
            assert decision.levels == ("level0",) * decision.accepted


@pytest.mark.parametrize("kind", KINDS)
def test_an_untrained_stack_keeps_the_laws_of_combiners(kind):
    check_combiner(stack(kind, *LEVELS[kind]))
    check_combiner(stack(kind, *LEVELS[kind], systems="all"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_voters_of_what_it_takes_are_systems_and_levels_are_named_apart(kind):
    ballots, _ = planted(kind, N, SKILLS)
    combiner = stack(kind, *LEVELS[kind]).fit(ballots)
    levels = {level.name for level in combiner.levels}
    found = combine_all(ballots, combiner)
    assert any(decision.levels for combination in found for decision in combination.decisions)
    for ballot, combination in zip(ballots, found, strict=True):
        for decision in combination.decisions:
            assert set(decision.candidate.voters) <= set(ballot.systems)
            assert set(decision.levels) <= levels
            assert decision.levels or not decision.accepted
            assert decision.evidence().get("levels", []) == list(decision.levels)


@pytest.mark.parametrize("kind", KINDS)
def test_other_names_of_systems_in_the_same_order_change_nothing(kind):
    segments, _ = planted_segments(kind, N, SKILLS)
    renamed = [
        replace(segment, hypotheses={f"x{n}": text for n, text in segment.hypotheses.items()})
        for segment in segments
    ]
    found = []
    for given in (segments, renamed):
        ballots = list(collect_all(given, kind))
        found.append(outputs(ballots, stack(kind, *LEVELS[kind]).fit(ballots)))
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_a_system_changes_nothing_where_copies_share_a_vote_in_each_level(kind):
    segments, _ = planted_segments(kind, 3 * N, SKILLS)
    twins = [
        replace(s, hypotheses={**s.hypotheses, "poor2": s.hypotheses["poor"]}) for s in segments
    ]
    found = []
    for given in (segments, twins):
        ballots = list(collect_all(given, kind))
        combiner = stack(kind, "agreement", "neural", "best-single").fit(ballots)
        found.append(outputs(ballots, combiner))
    assert found[0] == found[1]


def test_most_levels_decide_and_the_first_where_they_are_in_halves():
    outputs_of = {"a": "He goes home .", "b": "He goes home .", "c": "He go home .",
                  "d": "He go home .", "e": "He go home ."}  # fmt: skip
    (ballot,) = collect_all([Segment("He go home .", outputs_of)], "edits")
    changed, unchanged = "He goes home .", "He go home ."
    one, most = "vote:k=2", "vote"
    for terms, expected in (
        ((one, most), changed),
        ((most, one), unchanged),
        ((most, one, one), changed),
        ((one, most, most), unchanged),
        ((one, most, most, one), changed),
        ((most, most, one, one), unchanged),
    ):
        assert outputs([ballot], stack("edits", *terms)) == [expected]


def test_kept_systems_vote_beside_the_levels():
    segment = Segment("q", {"a": "x", "b": "x", "c": "y"})
    (ballot,) = collect_all([segment], "labels")
    assert outputs([ballot], stack("labels", "vote")) == ["x"]
    beside = stack("labels", "vote", systems=("c",))
    (combination,) = combine_all([ballot], beside)
    assert combination.text == "x"
    assert [d.levels for d in combination.decisions] == [("level0",), ()]
    levels = (LevelPlan(name="c", combiner="vote"),)
    alike = Stack.of(StackPlan(version=1, kind="labels", levels=levels, systems="all"))
    with pytest.raises(ValueError, match="'c' is the name of a level and of a system"):
        combine_all([ballot], alike)


def test_a_text_that_levels_wrote_has_their_evidence():
    call = [
        "at this time all participants are in listen only mode",
        "this time all participants are in a listen only mode",
        "at this time or participants are in a listen only mode",
    ]
    segment = Segment("", {f"s{i}": text for i, text in enumerate(call)}, has_source=False)
    (ballot,) = collect_all([segment], "texts")
    (combination,) = combine_all([ballot], stack("texts", "mbr", "fuse", "fuse:window=1"))
    (fused,) = combine_all([ballot], create("fuse"))
    assert combination.text == fused.text not in call
    assert combination.backbone == fused.backbone
    assert {d.levels for d in combination.decisions if d.accepted} == {("level1", "level2")}
    (combination,) = combine_all([ballot], stack("texts", "mbr", "vote", "fuse"))
    assert combination.text in call


def test_a_combiner_of_texts_takes_the_edits_of_the_text_that_it_chooses():
    outputs_of = {"a": "He goes home .", "b": "He goes homes .", "c": "He goes to home ."}
    (ballot,) = collect_all([Segment("He go home .", outputs_of)], "edits")
    whole = WholeOutputs(create("mbr"))
    assert outputs([ballot], whole.fit([ballot])) == ["He goes home ."]
    check_combiner(whole)


def test_what_has_to_be_trained_is_named():
    assert stack("edits", "vote", "neural").to_be_trained == ()
    design = stack("edits", "vote", "logistic", top="neural")
    assert design.to_be_trained == ("the level 'level1'", "the top 'neural'")
    ballots, targets = planted("edits", N, SKILLS)
    assert Stack.learn(ballots, targets, design=design).to_be_trained == ()


def test_it_does_not_take_a_language_model_nor_learn_without_labels():
    ballots, targets = planted("labels", N, SKILLS)
    design = stack("labels", "vote", "agreement")
    with raises_code("invalid-option"):
        Stack.learn(ballots, targets, context="smollm2", design=design)
    unknown = replace(targets, values=tuple(np.full_like(v, np.nan) for v in targets.values))
    with pytest.raises(ValueError, match="nothing to learn from"):
        Stack.learn(ballots, unknown, design=design)
    with raises_code("invalid-option"):  # all labels are needed again, and they are not saved
        Stack.learn(ballots, targets, design=stack("labels", "vote", "dawid-skene"))
