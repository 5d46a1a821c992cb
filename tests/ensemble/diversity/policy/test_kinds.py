"""What texts and labels supply: options, their worth, and the same counts as the outputs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ensemble.diversity.assessment.baselines import oracle
from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.assessment.judging import reward_combiners, texts_of
from ensemble.diversity.config import Config
from ensemble.diversity.policy.kinds import Edits, Labels, Texts
from ensemble.diversity.training.rewards import chosen_states
from tests.ensemble.diversity import answers
from tests.ensemble.diversity.conftest import CONFIG

NAMES = ("one", "two", "three")


@st.composite
def datasets(draw):
    """Answers of three other systems and two versions, some of them missing."""
    kind, size = draw(st.sampled_from(answers.KINDS)), draw(st.integers(4, 8))
    texts = st.sampled_from(["1", "2", "3 3", ""]).map(answers.FORMS[kind].format)
    column = st.lists(texts, min_size=size, max_size=size)
    others = {name: draw(column) for name in NAMES}
    versions = {name: draw(column) for name in answers.VERSIONS}
    return kind, answers.answered(others, versions, draw(column))


@settings(max_examples=40)
@given(datasets(), st.booleans(), st.sampled_from(["vote", "usual"]), st.integers(0, 2**32 - 1))
def test_what_options_do_is_what_the_outputs_come_to(dataset, abstain, combiner, seed):
    kind, material = dataset
    given = {"outputs": {"kind": kind, "abstain": abstain}}
    given |= {"combiner": combiner, "weight": 2} if combiner == "vote" else {}
    data = ExperimentData(answers.config(kind, **given), material)
    rows = np.arange(len(material.sources))
    _, whole = reward_combiners(data, rows, data.version("eager", material))
    part = data.prepare(rows, whole, data.edits_of("eager", rows))
    decisions, sizes = part.decisions, np.diff(part.decisions.first)
    chosen = decisions.first[:-1] + np.random.default_rng(seed).integers(sizes)
    state = chosen_states(decisions, chosen)
    outcome = data.outcome(part, texts_of(data, part, chosen), whole)
    assert state.combined == pytest.approx(outcome.combined[:, :2])
    assert state.own == pytest.approx(outcome.own[:, :2])
    alone = data.outcome(part, None, whole)
    assert decisions.absent == pytest.approx(alone.combined[:, :2])
    assert decisions.source_kept == pytest.approx(decisions.absent)


@pytest.mark.parametrize("kind", answers.KINDS)
def test_options_are_the_distinct_answers_and_to_abstain(kind):
    names = [list(answers.VERSIONS)] * 60
    for abstain in (True, False):
        data = answers.experiment(kind, outputs={"kind": kind, "abstain": abstain})
        choices = data.kind.choices(data.ballots, names)
        assert [len(c.options) for c in choices[:3]] == [2 + abstain] * 3
        assert (choices[0].options[0] == ()) == abstain


def test_where_no_version_answers_there_is_nothing_to_decide():
    toy = answers.answered({"one": ["1"]}, {"eager": [""], "odd": [" "]}, ["1"])
    ballots = Labels().ballots(toy.segments())
    assert Labels().choices(ballots, [["eager", "odd"]]) == []
    assert Labels(abstain=False).choices(ballots, [["eager", "odd"]]) == []


@pytest.mark.parametrize("kind", answers.KINDS)
def test_the_oracle_is_the_best_that_any_choice_gives(kind):
    data = answers.experiment(kind)
    part = data.prepare(np.arange(9))
    decisions = part.decisions
    best = chosen_states(decisions, oracle(decisions, decisions.first[:-1])).combined[:, 0]
    for place in range(3):
        state = chosen_states(decisions, decisions.first[:-1] + place)
        assert (state.combined[:, 0] <= best).all()


def test_answers_are_compared_as_combiners_do():
    toy = answers.answered({"one": ["a b"]}, {"eager": ["a  b"], "odd": ["A b"]}, ["a b"])
    for case, options in (("keep", 2), ("ignore", 1)):
        kind = Labels(case=case, abstain=False)
        [choice] = kind.choices(kind.ballots(toy.segments()), [["eager", "odd"]])
        assert len(choice.options) == options


def test_a_distance_of_texts_is_smaller_for_those_that_are_more_alike():
    toy = answers.answered(
        {"one": ["a red house"]}, {"eager": ["a red horse"], "odd": ["blue"]}, ["x"]
    )
    [ballot] = Texts().ballots(toy.segments())
    by_name = {name: {c.edit} for c in ballot.candidates for name in c.voters}
    near, far = (Texts().distance(by_name["one"], by_name[name]) for name in ("eager", "odd"))
    assert 0 < near < far <= 1
    assert Texts().distance(by_name["one"], by_name["one"]) == 0
    assert Labels().distance(by_name["one"], by_name["eager"]) == 1
    assert Texts().distance(set(), set()) == 0


def test_the_unit_of_edits_is_read_where_it_was():
    assert Config.model_validate({**CONFIG, "unit": "versions"}).outputs == Edits(unit="versions")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gold": "gold.m2", "reference": None}, "gold is for edits, not for labels"),
        ({"gold": "gold.m2"}, "set either `gold`"),
        ({"context": "smollm2"}, "context is for edits"),
        ({"member": {"form": "tagger"}}, "form: tagger is for edits"),
        ({"unit": "edits"}, "`unit` is a setting of edits"),
        ({"outputs": {"kind": "texts"}, "weight": 2}, "mbr takes none"),
        ({"outputs": {"kind": "texts", "score": "chrg"}}, "chrg"),
        ({"outputs": {"kind": "words"}}, "words"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        answers.config("labels", **settings)


def test_a_combiner_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="mbr combines texts, not labels"):
        answers.experiment("labels", combiner="mbr")
