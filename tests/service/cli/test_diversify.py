"""`consort diversify`, run as a user would, on a toy of which the best member is known."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from evaluation.data.m2 import format_m2
from service.cli.app import app
from tests.ensemble.diversity.conftest import CONFIG, toy

PLAN = {"steps": 60, "every": 20}


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy")
    material = toy(40)
    texts = {"source": material.sources, **material.others}
    texts |= {n: material.versions.of(n, material.sources) for n in material.versions.names}
    for name, lines in texts.items():
        (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    (folder / "gold.m2").write_text(format_m2(material.gold))
    lessons = {"marginal": {"reward": {"terms": {"marginal": 1}}, "plan": PLAN}}
    sweep = {"lambdas": [0, 5], "plan": PLAN}
    content = {**CONFIG, "data": ".", "lessons": lessons, "sweep": sweep}
    (folder / "toy.yaml").write_text(yaml.safe_dump(content))
    return folder / "toy.yaml"


@pytest.fixture(scope="module")
def report(config):
    out = config.parent / "out"
    result = run("diversify", config, "--seeds", 2, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    return out, json.loads(result.stdout)


def figures(found, statistic):
    return {r["name"]: r["value"] for r in found["rows"] if r["statistic"] == statistic}


def test_the_trained_member_lifts_the_ensemble_to_the_oracle(report):
    _, found = report
    combined = figures(found, "combined F0.5")
    assert combined["marginal"] == combined["oracle"] == 100
    assert combined["untouched"] < 75
    assert "clear of 0" in found["verdicts"][0]
    assert len(found["gain of each seed"]) == 2


def test_lambda_makes_it_differ(report):
    _, found = report
    far, own = (figures(found, s) for s in ("distance from the others", "own F0.5"))
    assert far["lambda 5"] > far["lambda 0"]
    assert own["lambda 5"] < own["lambda 0"]


def test_each_training_is_compared_with_the_chooser(report):
    _, found = report
    combined = figures(found, "combined F0.5")
    gains = figures(found, "gain over supervised chooser")
    assert set(gains) == {"marginal", "lambda 0", "lambda 5"}
    for name, gain in gains.items():
        assert gain == pytest.approx(combined[name] - combined["supervised chooser"])


def test_the_reports_say_the_same(report):
    out, found = report
    assert json.loads((out / "report.json").read_text()) == found
    page = (out / "report.html").read_text()
    assert found["verdicts"][0] in (out / "report.md").read_text().replace("\\", "")
    assert "Saved by the member" in page
    assert "Who differs from whom" in page
    assert "<script" not in page


def test_run_again_it_takes_what_was_trained(report, config, monkeypatch):
    out, found = report

    def train(*arguments):
        raise AssertionError("trained again")

    monkeypatch.setattr("ensemble.diversity.training.direct.train", train)
    result = run("diversify", config, "--seeds", 2, "--out", out, "--json")
    assert json.loads(result.stdout) == found


def test_rewarded_by_the_neural_combiner_it_is_judged_by_the_vote_too(config, monkeypatch):
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 4)
    settings = ["--set", "combiner=neural", "--set", "judges=[vote]", "--set", "sweep=null"]
    result = run("diversify", config, *settings, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    judged = figures(found, "combined F0.5, vote")
    assert set(judged) == {"no member", "untouched", "supervised chooser", "marginal"}
    assert judged["marginal"] >= judged["untouched"]
    assert "in the ensemble 'vote' it is" in found["verdicts"][2]
    assert any("added up edit by edit" in note for note in found["notes"])
    assert "combiner:neural" in found["signature"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("weight=0", "weight"),
        ("lessons.marginal.reward.terms.marginal=.nan", "finite"),
        ("lessons.oracle={reward: {terms: {quality: 1}}}", "a lesson may not be called 'oracle'"),
        ("member.systems=[grammar]", "grammar is both another system"),
        ("split.folds=200", "too few"),
        ("judges=[vote]", "a judge is named twice, or is the combiner itself"),
        ("combiner=missing", "missing"),
        ("unit=words", "unit"),
    ],
)
def test_a_setting_that_is_wrong_is_told(config, setting, said):
    result = run("diversify", config, "--set", setting)
    assert result.exit_code == 2
    assert said in result.output
