"""Training a stack: cross-fitting, the choice of the level, and the saved folder."""

import json

import pytest

from ensemble.combiners.base import combine_all
from ensemble.combiners.majority import Majority
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.stack.combiner import Stack
from ensemble.combiners.stack.levels import Level
from ensemble.combiners.stack.plan import LevelPlan, StackPlan
from ensemble.combiners.supervised.logistic import Logistic
from ensemble.combiners.trainable import State, TrainedOn
from ensemble.targets import folds_of
from ensemble.testing import check_combiner
from ensemble.testing.planted import planted
from ensemble.training.artefact import Record, read, write
from evaluation.statistics.significance import SEED

KINDS = ["edits", "texts", "labels"]
SKILLS = {"able": 0.95, "poor": 0.1, "weak": 0.1}
N = 100


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    """How well the neural combiner learns is tested elsewhere."""
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 60)


def design(kind, *terms, **options):
    levels = [LevelPlan(name=term, combiner=term) for term in terms]
    return Stack.of(StackPlan(version=1, kind=kind, levels=levels, **options))


def saved(stack, folder):
    write(folder, stack, Record())
    return read(folder)[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("top", ["vote", "neural"])
def test_it_takes_the_level_that_labels_find_best_and_is_read_as_it_was_saved(kind, top, tmp_path):
    ballots, targets = planted(kind, N, SKILLS)
    others, _ = planted(kind, N, SKILLS, seed=1)
    levels = ("vote", "neural", "agreement", *(["mbr"] if kind != "labels" else []))
    stack = Stack.learn(ballots, targets, design=design(kind, *levels, top=top))
    assert stack.levels[stack.best].name == "neural"
    again = saved(stack, tmp_path / "stack")
    for fitted in (lambda combiner: combiner, lambda combiner: combiner.fit(others)):
        made, expected = (combine_all(others, fitted(one)) for one in (again, stack))
        assert [c.text for c in made] == [c.text for c in expected]
        assert [[d.levels for d in c.decisions] for c in made] == [
            [d.levels for d in c.decisions] for c in expected
        ]


def test_a_level_learns_from_no_segment_of_the_fold_that_it_is_asked_about(monkeypatch):
    ballots, targets = planted("edits", N, SKILLS)
    learnt, fold = [], folds_of(ballots, 5, SEED).tolist()
    place = {id(ballot): i for i, ballot in enumerate(ballots)}
    original = Logistic.learn.__func__

    def learn(cls, known, truth, **options):
        learnt.append({fold[place[id(ballot)]] for ballot in known})
        return original(cls, known, truth, **options)

    monkeypatch.setattr(Logistic, "learn", classmethod(learn))
    Stack.learn(ballots, targets, design=design("edits", "vote", "logistic"))
    everything = set(range(5))
    assert learnt == [everything - {k} for k in range(5)] + [everything]


def test_the_top_is_taken_where_it_is_better_than_each_level_by_more_than_chance():
    """Each level follows one of three systems, which err apart: most of them are right."""
    skills = dict.fromkeys("abc", 0.75)
    ballots, targets = planted("labels", 600, skills)
    levels = tuple(Level(f"only {name}", "vote", Majority(weights={name: 9.0})) for name in skills)
    made = Stack.learn(ballots, targets, design=Stack("labels", levels=levels))
    assert made.trust > 0.9
    assert not made.follows_one
    assert not made.is_calibrated
    right, best = (
        sum(
            values[[decision.accepted for decision in combination.decisions]].sum()
            for combination, values in zip(combine_all(ballots, one), targets.values, strict=True)
        )
        for one in (made, made.leader)
    )
    assert right > best + 20


def test_without_a_better_level_it_is_the_first(tmp_path):
    ballots, targets = planted("labels", N, dict.fromkeys("abc", 0.8))
    stack = Stack.learn(ballots, targets, design=design("labels", "vote", "soft-vote"))
    assert stack.best == 0
    assert stack.trust == 0
    expected = combine_all(ballots, Majority().fit(ballots))
    assert [c.text for c in combine_all(ballots, stack)] == [c.text for c in expected]


def test_a_trained_stack_with_every_part_keeps_the_laws(tmp_path):
    ballots, targets = planted("edits", N, SKILLS)
    untrained = design("edits", "vote", "logistic", "mbr", systems="all", top="logistic")
    stack = saved(Stack.learn(ballots, targets, design=untrained), tmp_path / "stack")
    check_combiner(stack)


@pytest.mark.parametrize(
    "change",
    [
        {"levels": []},
        {"levels": [{"name": "a", "term": "stack", "systems": [], "learnt": {}}]},
        {"levels": [{"name": "a", "term": "vote", "systems": ["other"]}]},
        {"best": 9},
        {"trust": 2.0},
        {"top_name": "logistic"},
        {"top_name": "nonsense", "top": {"name": "top", "term": "nonsense", "systems": []}},
        {"more": 1},
    ],
)
def test_a_state_that_was_tampered_with_is_refused(change):
    ballots, targets = planted("edits", N, SKILLS)
    stack = Stack.learn(ballots, targets, design=design("edits", "agreement", "mbr"))
    state = stack.state()
    common = TrainedOn("edits", stack.profile, stack.mark, stack.types, stack.context)
    facts = json.loads(json.dumps(state.facts))
    assert Stack.from_state(common, State(facts, state.tensors)).is_trained
    with pytest.raises((ValueError, LookupError)):
        Stack.from_state(common, State({**facts, **change}, state.tensors))
    negative = {name: -1 - array for name, array in state.tensors.items()}
    with pytest.raises(ValueError, match="below 0"):
        Stack.from_state(common, State(facts, negative))


def test_neural_levels_are_those_trained_on_all_segments():
    ballots, targets = planted("labels", N, SKILLS)
    stack = Stack.learn(ballots, targets, design=design("labels", "vote", "neural"))
    alone = Neural.learn(ballots, targets)
    assert stack.levels[1].combiner.judge(ballots) == alone.judge(ballots)
