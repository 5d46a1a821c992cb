import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ensemble.diversity.assessment.judging import texts_of
from ensemble.diversity.policy.kinds import Edits
from ensemble.diversity.training.rewards import chosen_states


def test_a_place_has_the_source_first_and_then_what_each_version_makes_of_it(experiment_data):
    part = experiment_data.prepare(np.arange(3))
    options = [choice.options for choice in part.choices if choice.segment == 0]
    assert [[len(o) for o in some] for some in options] == [[0, 1]] * 4
    made = [some[1][0].replacement for some in options]
    assert made == [(" goes",), (" too",), (" school",), (" time",)]


def test_a_whole_version_is_one_decision(experiment_data):
    found = Edits(unit="versions").choices(experiment_data.ballots[:2], [["eager", "odd"]] * 2)
    assert [[len(option) for option in choice.options] for choice in found] == [[0, 3, 1]] * 2


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_what_options_do_is_what_the_texts_come_to(experiment_data, seed):
    part = experiment_data.prepare(np.arange(6))
    decisions, sizes = part.decisions, np.diff(part.decisions.first)
    chosen = decisions.first[:-1] + np.random.default_rng(seed).integers(sizes)
    state = chosen_states(decisions, chosen)
    outcome = experiment_data.outcome(part, texts_of(experiment_data, part, chosen))
    assert np.array_equal(state.combined, outcome.combined[:, :2])
    assert np.array_equal(state.own, outcome.own[:, :2])


def test_a_metric_of_each_option_is_that_of_its_text(experiment_data):
    from ensemble.diversity.training.rewards import Options
    from ensemble.diversity.training.rewards.registry import count_quantities
    from evaluation.metrics.base import Texts
    from evaluation.metrics.registry import load_metric

    chrf, part = load_metric("chrf"), experiment_data.prepare(np.arange(2))
    found = Edits(unit="versions").choices(part.ballots, part.names)
    options = Options.of(part.dataset, part.ballots, found, Edits(), chrf)
    change = count_quantities(["metric"], options)["metric"]
    texts = [part.dataset.sources[0], *part.dataset.versions.texts[0].values()]
    scores = chrf.segment_scores(Texts(texts, references=[["He goes to school 0 times ."]] * 3))
    assert change[:3] == pytest.approx(scores - scores[0])


def test_the_others_alone_are_what_is_left_without_the_member(experiment_data):
    part = experiment_data.prepare(np.arange(6))
    alone = experiment_data.outcome(part, None)
    assert np.array_equal(part.decisions.absent, alone.combined[:, :2])
