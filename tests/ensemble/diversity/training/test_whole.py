"""Rewards of whole outputs: exact in expectation, and learnt where no edit alone tells them."""

from functools import partial
from itertools import product

import numpy as np
import pytest
import torch

from benchmarks.by_reward import Valued, by_labels, tuned
from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.config import Config
from ensemble.diversity.data.dataset import Dataset, Versions
from ensemble.diversity.policy import chooser
from ensemble.diversity.policy.decisions import Decisions
from ensemble.diversity.policy.network import best, log_softmax
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training import direct
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.expected import expected_rewards, option_rewards, row_rewards
from ensemble.diversity.training.rewards import (
    Options,
    Reward,
    State,
    chosen_states,
    joint_states,
    register,
)
from ensemble.diversity.training.rewards.registry import REWARDS
from ensemble.diversity.training.task import Plan
from evaluation.execution.progress import Step
from evaluation.metrics.correction import gold_from_references
from tests.ensemble.diversity.conftest import CONFIG, toy

SAMPLED = {"steps": 16_384, "every": 2048, "rate": 0.05}
PLAN = {
    "expectation": Plan(method="expectation", steps=60, every=10),
    "ppo": Plan(method="ppo", **SAMPLED),
    "group": Plan(method="group", **SAMPLED),
}
WORTH = {(False, False): 0.0, (True, False): 1.0, (False, True): 0.5, (True, True): -1.0}
WRONG, RIGHT = "teh cat saw teh dog {} .", "the cat saw the dog {} ."


def once(options: Options) -> np.ndarray:
    """Judge whole outputs: one article is good, the first more than the second, two are bad."""
    words = [text.split() for text in options.texts]
    return np.array([WORTH[each[0] == "the", each[3] == "the"] for each in words])


@pytest.fixture(scope="module")
def whole():
    """A member that may correct both articles of a sentence; each alone is right, and good."""
    with REWARDS.restored():

        @register("once", whole=once)
        def value(state: State, target_f: float) -> np.ndarray:
            """Whether exactly one article is corrected."""
            return state.whole_value("once")

        sources = [WRONG.format(i) for i in range(40)]
        right = [RIGHT.format(i) for i in range(40)]
        dataset = Dataset(
            sources,
            {"grammar": right, "idle": sources, "idle too": sources},
            Versions(
                [
                    {"eager": text, "lazy": source}
                    for text, source in zip(right, sources, strict=True)
                ]
            ),
            gold_from_references(sources, [[text] for text in right]),
        )
        lessons = {"whole": {"reward": {"terms": {"once": 1}}}}
        known = ExperimentData(Config.model_validate({**CONFIG, "lessons": lessons}), dataset)
        part = known.prepare(np.arange(40))
        yield part.task(Observer.of(part.visible, "lazy", None)), Reward(terms={"once": 1})


def test_the_value_of_a_whole_output_is_in_the_state_of_its_choice(whole) -> None:
    decisions = whole[0].decisions
    for places, value in WORTH.items():
        state = chosen_states(decisions, decisions.first[:-1] + np.tile(places, 40))
        assert state.whole_value("once").tolist() == [value] * 40


@pytest.mark.parametrize("method", ["expectation", "ppo", "group"])
def test_a_policy_learns_what_no_label_of_an_edit_tells(whole, method: str) -> None:
    task, reward = whole
    valued = Valued.of(task, reward)
    right = task.decisions.own[:, 0] == task.decisions.own[:, 1]
    alone = option_rewards(task.decisions, task.decisions.first[:-1], reward, 0.5, 1.0) > 0
    for labels in (right, alone):
        scores = tuned(chooser.learn(task.inputs, labels), [valued], task)
        assert valued.of_scores(scores).tolist() == [0.0] * 40  # both, or none
    assert valued.of_scores(by_labels(task)).tolist() == [-1.0] * 40
    train = direct.train
    if method != "expectation":
        train = pytest.importorskip("ensemble.diversity.training.ppo", exc_type=ImportError).train
    none = Checkpoint(None, "")
    policy, _ = train(task, task, reward, PLAN[method], 0, none, partial(map, Step))
    with torch.inference_mode():
        of_policy = valued.of_scores(policy(task.inputs))
    assert of_policy.tolist() == valued.bound.tolist() == [1.0] * 40


def decisions_of_toy() -> Decisions:
    known = ExperimentData(Config.model_validate(CONFIG), toy(3))
    return known.prepare(np.arange(3)).decisions


@pytest.mark.parametrize("best_of", [1, 3])
@pytest.mark.parametrize("terms", [{"quality": 1}, {"sentence marginal": 1, "diversity": 0.5}])
def test_the_expected_reward_is_the_mean_over_all_samples(terms, best_of: int) -> None:
    decisions = decisions_of_toy()
    reward = Reward(terms=terms, best_of=best_of)
    scores = torch.from_numpy(np.random.default_rng(1).normal(size=decisions.first[-1]))
    log_p = log_softmax(scores, torch.from_numpy(decisions.decision), len(decisions.segment))
    rows, joint = row_rewards(decisions, reward, 0.5, 1.0), decisions.joint
    expected = []
    for begin, end in zip(joint.first[:-1], joint.first[1:], strict=True):
        options = joint.options()[begin:end]
        shares = [float(log_p[torch.from_numpy(row)].sum().exp()) for row in options]
        drawn = product(range(end - begin), repeat=best_of)
        expected.append(
            sum(np.prod([shares[i] for i in d]) * max(rows[begin + i] for i in d) for d in drawn)
        )
    assert expected_rewards(log_p, decisions, reward, 0.5) == pytest.approx(expected, abs=1e-5)


def test_the_state_of_a_row_is_that_of_its_choices() -> None:
    decisions = decisions_of_toy()
    states, joint = joint_states(decisions), decisions.joint
    for segment, begin in enumerate(joint.first[:-1]):
        for row, options in enumerate(joint.options()[begin : joint.first[segment + 1]]):
            chosen = decisions.first[:-1].copy()
            chosen[decisions.decision[options]] = options
            whole = chosen_states(decisions, chosen).rows(np.array([segment]))
            assert states.rows(np.array([begin + row])).to_lists() == whole.to_lists()


def test_what_is_not_listed_is_valued_beside_the_present_choices(monkeypatch) -> None:
    monkeypatch.setattr("ensemble.diversity.policy.joint.MOST", 1)
    decisions = decisions_of_toy()
    assert not decisions.joint.listed.any()
    assert row_rewards(decisions, Reward(terms={"quality": 1}), 0.5, 1.0).tolist() == [0.0] * 3


@pytest.mark.parametrize("best_of", [1, 4])
def test_a_member_is_worth_at_most_the_bound(tasks, best_of: int) -> None:
    task, _ = tasks
    reward = Reward(terms={"sentence marginal": 1}, best_of=best_of)
    valued = Valued.of(task, reward)
    scores = torch.from_numpy(np.random.default_rng(3).normal(size=task.decisions.first[-1]))
    worth = valued.of_scores(scores)
    assert (worth <= valued.bound + 1e-9).all()
    if best_of == 1:
        first = task.decisions.first
        chosen = chosen_states(task.decisions, best(scores.numpy(), first))
        kept = chosen_states(task.decisions, first[:-1])
        expected = reward.total(chosen, 0.5, 1.0) - reward.total(kept, 0.5, 1.0)
    else:
        log_p = log_softmax(scores, task.decision, len(task.decisions.segment))
        expected = expected_rewards(log_p, task.decisions, reward, 0.5)
    assert worth == pytest.approx(expected, abs=1e-6)
