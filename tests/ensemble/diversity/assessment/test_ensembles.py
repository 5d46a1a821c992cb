"""Rewards by whatever ensemble the member is in."""

from dataclasses import replace

import numpy as np
import pytest

from ensemble.combiners.base import combine_all
from ensemble.diversity.assessment.ensembles import CrossFitted, read_combiner, train_neural
from ensemble.diversity.assessment.experiment_data import MEMBER, ExperimentData, labelled_ballots
from ensemble.diversity.assessment.judging import judge_members, reward_combiners
from ensemble.diversity.config import Config
from ensemble.diversity.policy.effects import Ensemble, option_effects
from ensemble.diversity.policy.kinds import Edits
from ensemble.diversity.training.rewards import chosen_states
from ensemble.training import artefact
from evaluation.execution.progress import quietly
from evaluation.records import DataError
from tests.ensemble.diversity.conftest import CONFIG, toy

pytestmark = pytest.mark.usefixtures("hurried")


@pytest.fixture(scope="module")
def labels():
    """What the others and the eager version propose, and what is right."""
    material = toy(40)
    return labelled_ballots(material, material.versions.of("eager", material.sources), Edits())


@pytest.fixture(scope="module")
def neural(labels):
    return train_neural(*labels)


def untouched(experiment_data, part):
    """The options that the eager version takes."""
    made = [{c.edit for c in b.candidates if "eager" in c.voters} for b in part.ballots]
    places = [c.options.index(tuple(e for e in c.options[1] if e in made[c.segment]))
              for c in part.choices]  # fmt: skip
    return part.decisions.first[:-1] + np.array(places)


def test_by_the_vote_it_does_not_matter_what_is_chosen_elsewhere(experiment_data):
    rows = np.arange(6)
    alone = experiment_data.prepare(rows)
    beside = experiment_data.prepare(rows, None, experiment_data.edits_of("eager", rows))
    assert np.array_equal(alone.decisions.combined, beside.decisions.combined)
    assert np.array_equal(alone.decisions.source_kept, beside.decisions.source_kept)


def test_effects_are_exact_at_the_untouched_member_and_one_step_from_it(experiment_data, neural):
    rows = np.arange(4)
    part = experiment_data.prepare(rows, neural, experiment_data.edits_of("eager", rows))
    decisions, chosen = part.decisions, untouched(experiment_data, part)
    for place in range(len(decisions.segment)):
        one = chosen.copy()
        one[place] = decisions.first[place] + (one[place] == decisions.first[place])
        for options in (chosen, one):
            texts = _texts(experiment_data, part, options)
            real = experiment_data.outcome(part, texts, neural).combined[:, :2]
            assert np.array_equal(chosen_states(decisions, options).combined, real)


def _texts(experiment_data, part, options):
    from ensemble.diversity.assessment.judging import texts_of

    return texts_of(experiment_data, part, options)


def test_each_half_judges_what_it_has_not_seen(labels):
    ballots, targets = labels
    crossed = CrossFitted.train(ballots, targets)
    own = [ballot.source in crossed.first for ballot in ballots]
    assert 0 < sum(own) < len(own)
    found = [v.probabilities for v in crossed.judge(ballots)]
    one, other = ([v.probabilities for v in half.judge(ballots)] for half in crossed.halves)
    assert found == [b if seen else a for seen, a, b in zip(own, one, other, strict=True)]


def test_the_neural_combiner_is_trained_with_the_untouched_member_and_on_no_test(monkeypatch):
    experiment_data = ExperimentData(
        Config.model_validate({**CONFIG, "combiner": "neural"}), toy(20)
    )
    seen = []

    def train(ballots, targets, *more):
        seen.extend(ballots)
        return experiment_data.vote

    monkeypatch.setattr("ensemble.combiners.neural.combiner.Neural.learn", train)
    rows = np.arange(5, 15)
    part = experiment_data.dataset.part(rows)
    reward_combiners(experiment_data, rows, part.versions.of("eager", part.sources))
    assert {b.source for b in seen} == {experiment_data.dataset.sources[i] for i in rows}
    voters = {c.replacement: c.voters for c in seen[0].candidates}
    assert voters["goes"] == ("grammar", MEMBER)


def test_a_judge_is_trained_with_each_member(monkeypatch):
    experiment_data = ExperimentData(
        Config.model_validate({**CONFIG, "judges": ["neural"]}), toy(20)
    )
    parts = experiment_data.prepare(np.arange(12)), experiment_data.prepare(np.arange(12, 20))
    said = []

    def train(ballots, targets, *more):
        said.append({n for c in ballots[0].candidates for n in c.voters})
        return experiment_data.vote

    monkeypatch.setattr("ensemble.combiners.neural.combiner.Neural.learn", train)
    keep, take = ([p.decisions.first[:-1] + k for p in parts] for k in (0, 1))
    chosen = [{"untouched": k, "supervised chooser": t, "marginal": t}
              for k, t in zip(keep, take, strict=True)]  # fmt: skip
    found = judge_members(experiment_data, parts, chosen, quietly)["neural"]
    assert [MEMBER in names for names in said] == [False, False, True, True]
    assert found["no member"].shape == found["marginal"].shape == (8, 3)
    taken = experiment_data.outcome(parts[1], _texts(experiment_data, parts[1], take[1]))
    assert np.array_equal(found["marginal"], taken.combined)


def test_a_trained_combiner_is_read_from_its_folder(labels, neural, tmp_path):
    config = Config.model_validate({**CONFIG, "data": str(tmp_path), "combiner": "kept"})
    with pytest.raises(DataError, match="manifest"):
        ExperimentData(config, toy(20))
    kept = artefact.write(tmp_path / "kept", neural, artefact.Record())
    experiment_data = ExperimentData(config, toy(20))
    both = [combine_all(labels[0], c) for c in (kept, experiment_data.fixed_combiners["kept"])]
    assert both[0] == both[1]
    learnt = replace(neural.learnt, known=None)  # the looks of texts are others
    other = replace(neural, kind="texts", learnt=learnt)
    artefact.write(tmp_path / "texts", other, artefact.Record())
    with pytest.raises(ValueError, match="combines texts, not edits"):
        read_combiner("texts", config, experiment_data.vote)


def test_whole_versions_have_effects_too(experiment_data, neural):
    part = experiment_data.prepare(np.arange(4))
    found = Edits(unit="versions").choices(part.ballots, part.names)
    eager = [tuple(c.edit for c in b.candidates if "eager" in c.voters) for b in part.ballots]
    decisions = option_effects(
        part.ballots,
        part.targets,
        found,
        Ensemble(experiment_data.others, MEMBER, neural, Edits()),
        eager,
    )
    chosen = decisions.first[:-1] + 1
    real = experiment_data.outcome(
        part, part.dataset.versions.of("eager", part.dataset.sources), neural
    )
    assert np.array_equal(chosen_states(decisions, chosen).combined, real.combined[:, :2])


def test_one_that_is_kept_is_not_trained_again_unless_what_it_learns_from_changes(
    labels, tmp_path, monkeypatch
):
    ballots, targets = labels
    one = train_neural(ballots, targets, tmp_path)
    monkeypatch.setattr(
        "ensemble.combiners.neural.combiner.Neural.learn", lambda *given: one.unknown
    )
    again = train_neural(ballots, targets, tmp_path)
    assert combine_all(ballots, one) == combine_all(ballots, again)
    with pytest.raises(AttributeError, match="unknown"):
        train_neural(ballots[:-1], targets[np.arange(len(ballots) - 1)], tmp_path)
