"""What ships is read, and the same question is put to classifiers."""

from pathlib import Path

import numpy as np
import pytest

from ensemble.diagnosis.studies import read_study
from evaluation.execution.progress import quietly
from evaluation.records import DataError

CONFIGS = Path(__file__).parents[3] / "configs" / "diagnosis"


@pytest.mark.parametrize("name", ["complementarity", "panel", "trajectories", "loss_path"])
def test_what_ships_is_read(name):
    study = read_study(CONFIGS / f"{name}.yaml", ["data=."], seeds=3)
    assert study.config.study == name
    assert study.config.plan.seeds == 3


def test_the_line_that_ships_is_read():
    study = read_study(CONFIGS / "between.yaml", ["data=."])
    assert study.config.models.kind == "classifier"


def test_no_study_is_named(tmp_path):
    path = tmp_path / "some.yaml"
    path.write_text("version: 1\nname: some\n")
    with pytest.raises(DataError, match=r"some.yaml: study: Field required"):
        read_study(path)


@pytest.fixture
def classifiers(tmp_path) -> Path:
    chance = np.random.default_rng(0)
    truth = chance.choice(list("abc"), 300)
    said = {"good": {"a": 0.9, "b": 0.8, "c": 0.9}, "fair": {"a": 0.7, "b": 0.6, "c": 0.7},
            "odd": {"a": 0.95, "b": 0.95, "c": 0.1}}  # fmt: skip
    lines = {"source": [f"text {i}" for i in range(300)], "target": list(truth)}
    for name, skill in said.items():
        lines[name] = [right if chance.random() < skill[right] else "d" for right in truth]
    for name, texts in lines.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(texts) + "\n")
    path = tmp_path / "labels.yaml"
    path.write_text(
        "version: 1\nstudy: trajectories\nname: labels\ndata: .\n"
        "systems: {path: ., kind: labels, references: [target.txt]}\n"
    )
    return path


def test_accuracy_by_class(classifiers):
    study = read_study(classifiers)
    found = study.run(study.config, None, quietly).content["findings"]["systems"]["label"]
    assert sorted(found["kinds"]) == ["a", "b", "c"]
    assert found["line"]["left"] > 0.2
    assert found["choice"]["by_kind"] > found["choice"]["best"] + 0.02


def test_pairs_of_classifiers(classifiers):
    path = classifiers.with_name("pairs.yaml")
    text = classifiers.read_text().replace("trajectories", "complementarity")
    path.write_text(text.replace("systems:", "outputs:"))
    study = read_study(path, ["plan.orders=2", "plan.labelled=100"])
    found = study.run(study.config, None, quietly)
    rows = {(row.name, row.statistic): row.value for row in found.table.rows}
    assert rows["oracle", "accuracy"] > rows["vote", "accuracy"] > rows["fair", "accuracy"]
    assert set(found.content["findings"]["profiles"]) == {"label"}
