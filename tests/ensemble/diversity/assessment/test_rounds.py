"""A combiner that is trained again with the member that it rewarded, as often as is configured."""

import numpy as np
import pytest
from pydantic import ValidationError

from ensemble.diversity import artefact
from ensemble.diversity.assessment import rounds
from ensemble.diversity.assessment.experiment_data import MEMBER, ExperimentData
from ensemble.diversity.assessment.judging import texts_of
from ensemble.diversity.assessment.trial import run_trial
from ensemble.diversity.config import Config
from ensemble.diversity.data.split import split
from ensemble.diversity.training.rewards import chosen_states
from ensemble.diversity.training.task import choose
from evaluation.execution.progress import quietly
from tests.ensemble.diversity.conftest import CONFIG, toy

pytestmark = pytest.mark.usefixtures("hurried")

LESSONS = {
    "marginal": {"reward": {"terms": {"marginal": 1}}, "plan": {"steps": 20, "every": 10}},
    "quality": {"reward": {"terms": {"quality": 1}}, "plan": {"steps": 20, "every": 10}},
}


class KilledError(Exception):
    pass


@pytest.fixture(scope="module")
def data():
    content = {**CONFIG, "combiner": "neural", "rounds": 2, "lessons": LESSONS}
    return ExperimentData(Config.model_validate(content), toy(20))


@pytest.fixture(scope="module")
def parts(data):
    return split(data.dataset.sources, data.config.split, 0)


@pytest.fixture(scope="module")
def whole(data, parts, tmp_path_factory):
    """The folder of a run that nothing interrupted, with its trial."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, run_trial(data, parts, 0, folder, quietly)


def test_only_a_combiner_that_learns_is_trained_again():
    with pytest.raises(ValidationError, match="rounds"):
        Config.model_validate({**CONFIG, "rounds": 2})


def test_the_second_combiner_is_trained_with_the_member_of_the_first_round(
    data, parts, whole, monkeypatch
):
    folder, _ = whole
    member, *_ = artefact.read(folder / "rounds" / "round-1" / "seed-1" / "marginal")
    dataset = data.dataset.part(parts.train)
    texts = member.correct(dataset.sources, dataset.versions, dataset.others)
    learnt = []

    def combiners(of_data, rows, outputs, place=None, name=None):
        learnt.append((outputs, name))
        return data.vote, data.vote

    lessons = {"marginal": data.config.lessons["marginal"]}
    alone = ExperimentData(data.config.model_copy(update={"lessons": lessons}), data.dataset)
    calls = iter([rounds.reward_combiners])
    monkeypatch.setattr(rounds, "reward_combiners", lambda *given: next(calls, combiners)(*given))
    run_trial(alone, parts, 0, None, quietly)
    assert learnt == [(texts, MEMBER)]


def test_effects_are_exact_at_the_member_that_the_combiner_was_trained_with(data, parts, whole):
    folder, _ = whole
    begin = rounds.first_round(data, parts, "eager")
    member = artefact.read(folder / "seed-1" / "marginal")[0]
    tasks = begin.tasks(member.observer)
    policy = artefact.read(folder / "rounds" / "round-1" / "seed-1" / "marginal")[0].policy
    second = rounds._next_round(data, parts, begin, policy, tasks, None)
    options = choose(policy, tasks[2])
    texts = texts_of(data, second.parts.test, options)
    real = data.outcome(second.parts.test, texts, second.combiner)
    counted = chosen_states(second.parts.test.decisions, options).combined
    assert np.array_equal(counted, real.combined[:, :2])


@pytest.mark.parametrize("finished", [1, 3])
def test_a_run_that_was_killed_goes_on_to_the_same_bytes(
    data, parts, whole, tmp_path, monkeypatch, finished
):
    trained = []

    def train(*arguments):
        if len(trained) == finished:
            raise KilledError
        trained.append(arguments[2])
        return real(*arguments)

    real = rounds.train_experiment
    monkeypatch.setattr(rounds, "train_experiment", train)
    with pytest.raises(KilledError):
        run_trial(data, parts, 0, tmp_path, quietly)
    monkeypatch.setattr(rounds, "train_experiment", real)
    run_trial(data, parts, 0, tmp_path, quietly)
    folder, _ = whole
    files = sorted(f.relative_to(folder) for f in folder.rglob("*") if f.is_file())
    assert files == sorted(f.relative_to(tmp_path) for f in tmp_path.rglob("*") if f.is_file())
    for name in files:
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_the_same_seed_gives_the_same_member_without_a_folder(data, parts, whole):
    _, trial = whole
    again = run_trial(data, parts, 0, None, quietly)
    for name, outcome in trial.outcomes.items():
        assert again.outcomes[name].texts == outcome.texts
        assert np.array_equal(again.outcomes[name].combined, outcome.combined)
    assert again.points == trial.points
