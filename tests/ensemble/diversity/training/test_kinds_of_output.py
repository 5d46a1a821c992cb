"""The laws of training hold for texts and labels as for edits."""

from functools import cache

import pytest
import torch

from ensemble.diversity import artefact
from ensemble.diversity.policy.kinds import KINDS
from ensemble.diversity.policy.member import Member
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.task import Plan, new_policy
from evaluation.execution.progress import Step
from tests.ensemble.diversity import answers
from tests.ensemble.diversity.training.test_training import KilledError, combined, learn

PLANS = {
    "regression": Plan(method="regression", steps=60, every=10, rate=0.1, hold=0.01),
    "expectation": Plan(method="expectation", steps=60, every=10, rate=0.1, hold=0.01),
    "ppo": Plan(method="ppo", steps=4096, every=1024, rate=0.05, slots=32),
    "group": Plan(method="group", steps=4096, every=1024, rate=0.05, slots=32, group=8),
}
EACH = [(kind, method) for kind in answers.KINDS for method in PLANS]


@cache
def toy_tasks(kind):
    return answers.tasks(answers.experiment(kind))


@cache
def learnt(kind, method):
    return learn(toy_tasks(kind), PLANS[method], seed=2)


def weights(policy):
    return torch.cat([part.flatten() for part in policy.state_dict().values()])


@pytest.mark.parametrize(("kind", "method"), EACH)
def test_the_toy_is_solved(kind, method):
    tasks, (policy, _) = toy_tasks(kind), learnt(kind, method)
    assert [combined(policy, task) for task in tasks] == pytest.approx([1, 1])
    assert combined(new_policy(tasks[0], 0), tasks[0]) < 0.95


@pytest.mark.parametrize(("kind", "method"), EACH)
def test_one_that_was_killed_goes_on_to_the_same_end(kind, method, tmp_path):
    def kill(left):
        yield from map(Step, left[: 2 * len(left) // 3])
        raise KilledError

    file = tmp_path / "run.checkpoint"
    with pytest.raises(KilledError):
        learn(toy_tasks(kind), PLANS[method], 2, Checkpoint(file, "run"), kill)
    assert file.is_file()
    resumed, log = learn(toy_tasks(kind), PLANS[method], 2, Checkpoint(file, "run"))
    policy, whole = learnt(kind, method)
    assert log.points == whole.points
    assert torch.equal(weights(resumed), weights(policy))


@pytest.mark.parametrize(("kind", "method"), [("labels", "group"), ("texts", "expectation")])
def test_the_same_seed_gives_the_same_bytes(kind, method):
    again, _ = learn(toy_tasks(kind), PLANS[method], seed=2)
    assert torch.equal(weights(again), weights(learnt(kind, method)[0]))


@pytest.mark.parametrize("kind", answers.KINDS)
def test_saved_and_read_it_answers_the_same(kind, tmp_path):
    data = answers.experiment(kind)
    observer = Observer.of(data.visible, "eager", None)
    policy, log = learnt(kind, "expectation")
    member = Member(policy, observer, KINDS[kind](), ("eager", "odd"), tuple(answers.OTHERS))
    artefact.write(tmp_path, member, log.points, "run")
    again, points, _ = artefact.read(tmp_path)
    assert (points, again.kind) == (log.points, member.kind)
    toy = answers.toy(kind, 12)
    chosen = [m.correct(toy.sources, toy.versions, toy.others) for m in (member, again)]
    assert chosen[0] == chosen[1]
    assert chosen[0][2] == answers.FORMS[kind].format("blue")
