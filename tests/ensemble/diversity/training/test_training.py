from functools import partial

import numpy as np
import pytest
import torch

from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.policy.kinds import Edits
from ensemble.diversity.policy.network import best
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training import direct
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.rewards import Reward, chosen_states
from ensemble.diversity.training.task import Plan, choose, corpus_f, new_policy, target_f_of
from evaluation.execution.progress import Step
from tests.ensemble.diversity.conftest import toy

MARGINAL = Reward(terms={"marginal": 1})
PLANS = {
    "regression": Plan(method="regression", steps=60, every=10),
    "expectation": Plan(method="expectation", steps=60, every=10),
    "ppo": Plan(method="ppo", steps=8192, every=2048, rate=0.02, slots=64),
    "group": Plan(method="group", steps=8192, every=2048, rate=0.02, slots=64, group=8),
}
NONE = Checkpoint(None, "")
AS_STEPS = partial(map, Step)


class KilledError(Exception):
    pass


def learn(tasks, plan, seed=0, checkpoint=NONE, steps=AS_STEPS, reward=MARGINAL):
    train = direct.train
    if plan.samples:
        train = pytest.importorskip("ensemble.diversity.training.ppo", exc_type=ImportError).train
    return train(*tasks, reward, plan, seed, checkpoint, steps)


def combined(policy, task):
    state = chosen_states(task.decisions, choose(policy, task))
    return corpus_f(state.combined, state.gold)


def test_untrained_it_is_the_untouched_member(tasks):
    task, _ = tasks
    prior = task.inputs.prior.double().numpy()
    policy = new_policy(task, 0)
    assert np.array_equal(choose(policy, task), best(prior, task.decisions.first))
    assert combined(policy, task) == pytest.approx(1.25 * 2 / (3 + 0.25 * 2))


@pytest.mark.parametrize("method", PLANS)
def test_the_toy_is_solved(tasks, method):
    policy, log = learn(tasks, PLANS[method])
    assert [combined(policy, task) for task in tasks] == [1.0, 1.0]
    assert max(point.combined for point in log.points) == 100
    assert log.points[-1].kl > 0


@pytest.mark.parametrize("method", PLANS)
def test_the_same_seed_gives_the_same_bytes(tasks, method):
    one, other = (learn(tasks, PLANS[method], seed=4)[0].state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("method", PLANS)
def test_steps_have_the_figures_of_the_policy_after_them(tasks, method):
    steps = []

    def followed(left):
        steps.extend(map(Step, left))
        return iter(steps)

    _, log = learn(tasks, PLANS[method], steps=followed)
    logged = [step.figures for step in steps if step.figures]
    assert logged[: len(log.points)] == [point.figures() for point in log.points]


@pytest.mark.parametrize("method", PLANS)
def test_one_that_was_killed_goes_on_to_the_same_end(tasks, method, tmp_path):
    whole, log = learn(tasks, PLANS[method], seed=2)

    def kill(left):
        yield from map(Step, left[: 2 * len(left) // 3])
        raise KilledError

    file = tmp_path / "kept" / "run.checkpoint"
    with pytest.raises(KilledError):
        learn(tasks, PLANS[method], 2, Checkpoint(file, "run"), kill)
    assert file.is_file()
    resumed, again = learn(tasks, PLANS[method], 2, Checkpoint(file, "run"))
    assert again.points == log.points
    assert all(torch.equal(a, b) for a, b in zip(*_tensors(whole, resumed), strict=True))
    assert not file.exists()


def test_of_whole_versions_the_best_is_chosen(config):
    """The environment of one decision a segment: the eager version has two right of three."""
    trainer = pytest.importorskip("ensemble.diversity.training.ppo", exc_type=ImportError)
    experiment_data = ExperimentData(
        config.model_copy(update={"outputs": Edits(unit="versions")}), toy()
    )
    part = experiment_data.prepare(np.arange(60))
    task = part.task(Observer.of(part.visible, "odd", None))
    reward = Reward(terms={"quality": 1})
    policy, _ = trainer.train(task, task, reward, PLANS["ppo"], 0, NONE, AS_STEPS)
    assert set((choose(policy, task) - task.decisions.first[:-1]).tolist()) == {1}


def test_it_stops_where_the_reward_no_longer_rises(tasks):
    plan = Plan(method="regression", steps=300, every=5, patience=2)
    _, log = learn(tasks, plan)
    rewards = [point.reward for point in log.points]
    assert log.points[-1].steps < 300
    assert rewards.index(max(rewards)) == len(rewards) - 3


def test_the_bar_is_the_score_that_the_reward_is_about(tasks):
    task, _ = tasks
    state = chosen_states(task.decisions, task.decisions.first[:-1])
    assert target_f_of(state, Reward(terms={"quality": 1})) == 0.0


@pytest.mark.parametrize(
    "reward",
    [
        {"terms": {"marginal": 1}, "gate": "unsolved"},
        {"terms": {"marginal": 1}, "best_of": 4},
        {"terms": {"marginal": 1}, "multiply": ["quality", "sentence marginal"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["expectation", "group"])
def test_the_toy_is_solved_by_each_form_of_reward(tasks, method, reward):
    policy, _ = learn(tasks, PLANS[method], reward=Reward.model_validate(reward))
    assert [combined(policy, task) for task in tasks] == [1.0, 1.0]


@pytest.mark.parametrize("method", ["expectation", "ppo", "group"])
def test_with_a_target_for_its_entropy_a_policy_stays_less_certain(tasks, method):
    entropies = []
    for target in (None, 0.5):
        plan = PLANS[method].model_copy(update={"target_entropy": target, "patience": 99})
        _, log = learn(tasks, plan)
        entropies.append(log.points[-1].entropy)
    assert entropies[0] < entropies[1]


def _tensors(*policies):
    return [list(policy.state_dict().values()) for policy in policies]
