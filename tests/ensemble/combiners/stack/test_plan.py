"""The YAML file of a stack: what it may say, and that what is wrong is named."""

from pathlib import Path

import pytest

from ensemble.combiners.registry import load_trainable
from ensemble.combiners.stack.plan import default_plan, read_plan
from ensemble.loading import load_stack
from ensemble.testing.planted import planted
from ensemble.training.artefact import Record, write
from evaluation.errors import ConfigError, InputError
from tests.raising import raises_code

GOOD = "version: 1\nkind: edits\nlevels: [{name: a, combiner: vote}, {name: b, combiner: mbr}]\n"
SHIPPED = Path(__file__).parents[4] / "configs" / "stack"
SKILLS = {"able": 0.9, "fair": 0.6, "poor": 0.3}


def written(folder, text):
    path = folder / "stack.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_stack_is_read(path):
    assert [level.name for level in load_stack(path).levels] == ["vote", "agreement", "whole"]


@pytest.mark.parametrize("kind", ["edits", "texts", "labels"])
def test_a_stack_trained_by_its_name_has_neural_among_its_levels(kind):
    plan = default_plan(kind)
    assert plan.kind == kind
    assert "neural" in [level.combiner for level in plan.levels]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (GOOD + "bottom: vote\n", "bottom: unknown key"),
        (GOOD.replace("version: 1", "version: 2"), "version: Input should be 1"),
        (GOOD.replace("kind: edits\n", ""), "kind: Field required"),
        (GOOD.replace("mbr}", "mbr, weight: 1}"), "levels[1] (b).weight: unknown key"),
        (GOOD.replace("combiner: mbr", "combine: mbr"), "levels[1] (b).combine: unknown key"),
        (GOOD.replace("name: b", "name: a"), "the name 'a' is used 2 times"),
        (GOOD + "systems: [a]\n", "the name 'a' is used 2 times"),
        (GOOD + "systems: some\n", "systems"),
        (GOOD.replace("mbr", "nonsense"), "no combiner 'nonsense'"),
        (GOOD.replace("mbr", "stack"), "a stack cannot be a level of a stack"),
        (GOOD.replace("mbr", "fuse"), "fuse combines texts, not edits"),
        (GOOD.replace("mbr", "dawid-skene"), "dawid-skene combines labels, not edits"),
        (GOOD.replace("mbr", '"vote:k=0"'), "k is at least 1, not 0"),
        (GOOD.replace("combiner: mbr", "combiner: mbr, model: x"), "exactly one of the keys"),
        (GOOD.replace(", combiner: mbr", ""), "exactly one of the keys combiner, model"),
        (GOOD + "top: agreement\n", "the top is vote or one that is trained, not agreement"),
        (GOOD + "top: stack\n", "the top is vote or one that is trained, not stack"),
        ("version: 1\nkind: edits\nlevels: []\n", "at least 1 item"),
        ("[1, 2]", "the whole file"),
        ("levels: [", "while parsing"),
        ("version: 1\nkind: edits\nlevels: [x]\n", "levels[0] (no name)"),
    ],
)
def test_a_wrong_file_is_refused_and_the_fault_named(tmp_path, text, fault):
    with pytest.raises(ConfigError) as error:
        read_plan(written(tmp_path, text))
    assert str(error.value).startswith(str(tmp_path / "stack.yaml"))
    assert fault in str(error.value)


def test_more_than_eight_levels_are_refused(tmp_path):
    levels = ", ".join(f"{{name: l{i}, combiner: vote}}" for i in range(9))
    with pytest.raises(ConfigError, match="at most 8 items"):
        read_plan(written(tmp_path, f"version: 1\nkind: edits\nlevels: [{levels}]\n"))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nothing.yaml: .*No such file"):
        read_plan(tmp_path / "nothing.yaml")


def test_a_stack_that_has_to_be_trained_combines_nothing_before(tmp_path):
    path = written(tmp_path, GOOD.replace("mbr", "logistic"))
    with pytest.raises(InputError, match="the level 'b' needs labels"):
        load_stack(path)
    assert len(load_stack(path, to_train=True).levels) == 2


def test_a_level_may_be_a_trained_folder_of_the_same_kind(tmp_path):
    ballots, targets = planted("edits", 40, SKILLS)
    trained = write(
        tmp_path / "model", load_trainable("logistic").learn(ballots, targets), Record()
    )
    path = written(tmp_path, GOOD.replace("combiner: mbr", f"model: {tmp_path / 'model'}"))
    level = load_stack(path).levels[1]
    assert level.combiner.signature == trained.signature
    assert level.is_fixed
    path.write_text(path.read_text().replace("kind: edits", "kind: texts"))
    with raises_code("invalid-option"):
        load_stack(path)
    path.write_text(GOOD.replace("combiner: mbr", f"model: {tmp_path / 'other'}"))
    with raises_code("file-unreadable"):
        load_stack(path)
