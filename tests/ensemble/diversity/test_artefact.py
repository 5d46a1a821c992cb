import json
from dataclasses import replace
from functools import partial

import pytest

from ensemble.diversity import artefact
from ensemble.diversity.policy import chooser
from ensemble.diversity.policy.kinds import Edits
from ensemble.diversity.policy.member import Member
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training import direct
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.rewards import Reward
from ensemble.diversity.training.task import Plan, new_policy
from evaluation.execution.progress import Step
from evaluation.records import DataError
from tests.ensemble.diversity.conftest import TARGET, toy
from tests.raising import raises_code

SAID = "He goes to school 7 times ."


@pytest.fixture(scope="module")
def trained(experiment_data, tasks):
    plan, reward = Plan(steps=60, every=10), Reward(terms={"correctness": 1})
    policy, log = direct.train(*tasks, reward, plan, 0, Checkpoint(None, ""), partial(map, Step))
    observer = Observer.of(experiment_data.visible, "eager", None)
    return Member(
        policy, observer, Edits(), ("eager", "odd"), tuple(experiment_data.others)
    ), log.points


def test_saved_and_read_it_says_the_same(trained, tmp_path):
    member, points = trained
    artefact.write(tmp_path / "member", member, points, "run")
    again, read, run = artefact.read(tmp_path / "member")
    material = toy(20)
    said = [
        m.correct(material.sources, material.versions, material.others) for m in (member, again)
    ]
    assert said[0] == said[1] == [TARGET.format(i) for i in range(20)]
    assert (read, run) == (points, "run")


def test_what_training_started_from_is_saved_too(trained, experiment_data, tasks, tmp_path):
    member, _ = trained
    task, _ = tasks
    start = chooser.learn(task.inputs, task.decisions.own[:, 0] == task.decisions.own[:, 1])
    observer = replace(member.observer, start=start)
    fresh = new_policy(
        task._replace(inputs=task.inputs._replace(prior=start.log_odds(task.inputs))), 0
    )
    artefact.write(tmp_path, replace(member, policy=fresh, observer=observer), [], "run")
    again, _, _ = artefact.read(tmp_path)
    material = toy(20)
    said = again.correct(material.sources, material.versions, material.others)
    assert said == [TARGET.format(i) for i in range(20)]


def test_the_same_member_is_the_same_bytes(trained, tmp_path):
    for name in ("one", "other"):
        artefact.write(tmp_path / name, *trained, "run")
    one, other = (sorted((tmp_path / name).iterdir()) for name in ("one", "other"))
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in other]


def test_other_weights_than_the_manifests_are_refused(trained, tmp_path):
    artefact.write(tmp_path, *trained, "run")
    (weights,) = tmp_path.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with raises_code("damaged-artefact", DataError):
        artefact.read(tmp_path)


def test_outputs_of_others_that_are_missing_or_too_few_are_refused(trained):
    member, _ = trained
    material = toy(10)
    some = {name: texts for name, texts in material.others.items() if name != "wrong"}
    with pytest.raises(ValueError, match="looks at wrong"):
        member.correct(material.sources, material.versions, some)
    short = {**material.others, "wrong": material.others["wrong"][:9]}
    with pytest.raises(ValueError, match="wrong has 9 segments"):
        member.correct(material.sources, material.versions, short)


def test_a_member_saved_before_there_were_kinds_is_read(trained, tmp_path):
    artefact.write(tmp_path, *trained, "run")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    del manifest["outputs"]
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "unit": "versions"}))
    assert artefact.read(tmp_path)[0].kind == Edits(unit="versions")
